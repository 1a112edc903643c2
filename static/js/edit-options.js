/* Rows of options: add, remove, move (by handle, button or Alt with an arrow). Order and removal are form fields. */
import { drag } from "./edit-drag.js";
import { addRow } from "./edit-rows.js";

const field = (row, name) => row.querySelector(`[name$="-${name}"]`);

export function options(form) {
  const list = form.querySelector(".option-rows");
  const status = form.querySelector("#options-status");
  const visibleRows = () => [...list.children].filter((row) => !row.hidden);
  const letter = (row) => row.querySelector(".bubble").textContent;

  const renumber = () => {
    visibleRows().forEach((row, place) => {
      const name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] || String(place + 1);
      field(row, "ORDER").value = place + 1;
      row.querySelectorAll(".letter, .bubble").forEach((element) => {
        element.textContent = name;
      });
      row.querySelector(".moves").hidden = false;
      row.querySelector(".order").hidden = true;
      row.querySelector('[data-move="up"]').disabled = place === 0;
      row.querySelector('[data-move="down"]').disabled = place === visibleRows().length - 1;
    });
  };
  const say = (message, row, oldLetter) => {
    const place = visibleRows().indexOf(row) + 1;
    status.textContent = list.dataset[message]
      .replace("{letter}", oldLetter)
      .replace("{place}", place)
      .replace("{count}", visibleRows().length);
  };
  const changed = (message, row, oldLetter) => {
    renumber();
    say(message, row, oldLetter ?? letter(row));
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const move = (row, where) => {
    const rows = visibleRows(),
      oldLetter = letter(row);
    const next = rows[rows.indexOf(row) + (where === "up" ? -1 : 1)];
    if (where === "out") {
      field(row, "DELETE").checked = true;
      row.hidden = true;
      (visibleRows()[0]?.querySelector("textarea") || form.querySelector("#add-option")).focus();
      changed("removed", row, oldLetter);
    } else if (next) {
      const focused = document.activeElement;
      if (where === "up") next.before(row);
      else next.after(row);
      changed("letters", row, oldLetter);
      // The pressed button is disabled at the end of the list.
      (focused.disabled ? row.querySelector("[data-move]:enabled") : focused).focus();
    }
  };

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(button.closest(".option-row"), button.dataset.move);
  });
  list.addEventListener("keydown", (event) => {
    const where = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!event.altKey || !where) return;
    event.preventDefault();
    move(event.target.closest(".option-row"), where);
  });
  drag(list, (row, dropped) => {
    if (dropped) changed("letters", row, letter(row));
    else say("back", row, letter(row));
  });
  form.querySelector("#add-option").addEventListener("click", (event) => {
    event.preventDefault();
    const row = addRow(form, "option", list);
    changed("added", row);
    field(row, "text").focus();
  });
  for (const row of list.children) row.hidden = field(row, "DELETE").checked;
  renumber();
}
