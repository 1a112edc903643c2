/* Options as rows: add, move (buttons, or Alt with an arrow), remove. Order and removal are fields of the form. */
const FIELD = (row, name) => row.querySelector(`[name$="-${name}"]`);

export function options(form) {
  const list = form.querySelector(".option-rows");
  const total = form.querySelector('[name="options-TOTAL_FORMS"]');
  const shown = () => [...list.children].filter((row) => !row.hidden);

  const number = () => {
    shown().forEach((row, place) => {
      const letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] || String(place + 1);
      FIELD(row, "ORDER").value = place + 1;
      row.querySelector(".bubble").textContent = letter;
      row.querySelector(".moves").hidden = false;
      row.querySelector(".order").hidden = true;
      row.querySelector('[data-move="up"]').disabled = place === 0;
      row.querySelector('[data-move="down"]').disabled = place === shown().length - 1;
    });
  };
  const changed = () => { number(); form.dispatchEvent(new Event("input", { bubbles: true })); };
  const move = (row, where) => {
    const rows = shown();
    const next = rows[rows.indexOf(row) + (where === "up" ? -1 : 1)];
    if (where === "out") {
      FIELD(row, "DELETE").checked = true;
      row.hidden = true;
      (shown()[0] || form).querySelector("textarea").focus();
    } else if (next) {
      const focused = document.activeElement;
      if (where === "up") next.before(row); else next.after(row);
      focused.focus();
    }
    changed();
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
  form.querySelector("#add-option").addEventListener("click", (event) => {
    event.preventDefault();
    const html = form.querySelector("#option-template").innerHTML.replaceAll("__prefix__", total.value);
    list.insertAdjacentHTML("beforeend", html);
    total.value = Number(total.value) + 1;
    number();
    FIELD(list.lastElementChild, "text").focus();
  });
  number();
}
