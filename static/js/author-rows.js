/* One row more at the end of rows that the form counts (TOTAL_FORMS), made of a template. */
export function addRow(form, prefix, list) {
  const total = form.querySelector(`[name="${prefix}s-TOTAL_FORMS"]`);
  const html = form.querySelector(`#${prefix}-template`).innerHTML.replaceAll("__prefix__", total.value);
  list.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  const most = Number(form.querySelector(`[name="${prefix}s-MAX_NUM_FORMS"]`).value);
  form.querySelector(`#add-${prefix}`).disabled = Number(total.value) >= most;
  return list.lastElementChild;
}
