/* Filters of a list act as soon as they are chosen. Without this script, a button applies them. */
const form = document.getElementById("changelist-search");
const fields = [...document.querySelectorAll("#changelist-filter select")];

function apply() {
  for (const field of form.elements) field.disabled ||= !field.value; // keep the address short
  form.requestSubmit();
}

if (form && fields.length > 0) {
  for (const field of fields) field.addEventListener("change", apply);
  document.getElementById("apply-filters").hidden = true;
  document.getElementById("filters-act").hidden = false;
  // Back in the history, a page of the cache has its fields disabled.
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}
