/* Rows of references: the button adds one. Empty rows are ignored, so none has to be removed. */
import { addRow } from "./edit-rows.js";

export function references(form) {
  const list = form.querySelector(".reference-rows");
  form.querySelector("#add-reference").addEventListener("click", (event) => {
    event.preventDefault();
    const row = addRow(form, "reference", list);
    row.setAttribute("aria-label", row.getAttribute("aria-label").replace("?", list.children.length));
    row.querySelector("input").focus();
  });
}
