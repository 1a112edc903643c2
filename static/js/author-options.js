/* Options as rows: add, move (by the handle, buttons, or Alt with an arrow), remove. Order and removal are fields of the form. */
import { drag } from "./author-drag.js";
import { addRow } from "./author-rows.js";

const FIELD = (row, name) => row.querySelector(`[name$="-${name}"]`);

export function options(form) {
  const list = form.querySelector(".option-rows");
  const status = form.querySelector("#options-status");
  const shown = () => [...list.children].filter((row) => !row.hidden);
  const letter = (row) => row.querySelector(".bubble").textContent;

  const number = () => {
    shown().forEach((row, place) => {
      const name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] || String(place + 1);
      FIELD(row, "ORDER").value = place + 1;
      row.querySelectorAll(".letter, .bubble").forEach((element) => {
        element.textContent = name;
      });
      row.querySelector(".moves").hidden = false;
      row.querySelector(".order").hidden = true;
      row.querySelector('[data-move="up"]').disabled = place === 0;
      row.querySelector('[data-move="down"]').disabled = place === shown().length - 1;
    });
  };
  const say = (what, row, was) => {
    const place = shown().indexOf(row) + 1;
    status.textContent = list.dataset[what]
      .replace("{letter}", was)
      .replace("{place}", place)
      .replace("{count}", shown().length);
  };
  const changed = (what, row, was) => {
    number();
    say(what, row, was ?? letter(row));
    form.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const move = (row, where) => {
    const rows = shown(),
      was = letter(row);
    const next = rows[rows.indexOf(row) + (where === "up" ? -1 : 1)];
    if (where === "out") {
      FIELD(row, "DELETE").checked = true;
      row.hidden = true;
      (shown()[0]?.querySelector("textarea") || form.querySelector("#add-option")).focus();
      changed("removed", row, was);
    } else if (next) {
      const focused = document.activeElement;
      if (where === "up") next.before(row);
      else next.after(row);
      changed("letters", row, was);
      // At the end of the list the pressed button is off.
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
    FIELD(row, "text").focus();
  });
  for (const row of list.children) row.hidden = FIELD(row, "DELETE").checked;
  number();
}
