/* Add a row from the template at the end of a formset, and count it in TOTAL_FORMS. */
export function addRow(form, prefix, list) {
  const total = form.querySelector(`[name="${prefix}s-TOTAL_FORMS"]`);
  const html = form.querySelector(`#${prefix}-template`).innerHTML.replaceAll("__prefix__", total.value);
  list.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  const maxRows = Number(form.querySelector(`[name="${prefix}s-MAX_NUM_FORMS"]`).value);
  form.querySelector(`#add-${prefix}`).disabled = Number(total.value) >= maxRows;
  return list.lastElementChild;
}
