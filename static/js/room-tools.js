// The tools: notes and the scratchpad, stored while the candidate types; text size, colors and shortcuts.

import { exam, prefer, question, write } from "./room-state.js";

const SAVE_NOTE_AFTER_MS = 900; // without a change
const KIND = { note: "note", pad: "scratchpad" };
let timer = 0;
let typed = null; // a text that is not in the state yet

/** Put what was typed into the state: before another question is shown, and before the page is left. */
export function storeTyped() {
  clearTimeout(timer);
  if (typed) write(typed.kind, typed.field.value, typed.position);
  typed = null;
}

document.addEventListener("input", ({ target }) => {
  const kind = KIND[target.name];
  if (!kind || !exam.questions.length) return;
  if (typed && typed.field !== target) storeTyped();
  typed = { kind, field: target, position: exam.position };
  clearTimeout(timer);
  timer = setTimeout(storeTyped, SAVE_NOTE_AFTER_MS);
});
window.addEventListener("pagehide", storeTyped, { capture: true }); // before the last changes are sent
document.addEventListener("focusout", ({ target }) => KIND[target.name] && storeTyped());

/** Show texts that another window has changed, unless the candidate writes here. */
export function drawTexts() {
  if (typed) return;
  const { note, pad } = document.getElementById("room").elements;
  if (note.value !== question().note.text) note.value = question().note.text;
  if (pad.value !== exam.scratchpad.text) pad.value = exam.scratchpad.text;
}

/** Open the note on the question for writing: otherwise the words would go to the shortcuts. */
export function openNote() {
  const dock = document.querySelector(".note-dock");
  const note = dock.querySelector("textarea");
  dock.open = true;
  note.focus({ preventScroll: true });
  note.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const closed = event.target.closest?.(".note-dock:not([open]) summary, .note-mark");
  if (!closed) return;
  event.preventDefault();
  openNote();
});

document.addEventListener("change", ({ target }) => {
  const { name, value } = target;
  const page = document.documentElement.dataset;
  if (name === "size") {
    page.size = value;
    prefer("size", Number(value));
  } else if (name === "theme") {
    delete page.theme;
    delete page.contrast;
    if (value === "more") page.contrast = "more";
    else if (value) page.theme = value;
    prefer("theme", value);
  } else if (target.id === "keys-on") {
    page.keys = target.checked ? "on" : "off";
    prefer("keys", target.checked);
  }
});
document.addEventListener("room:prefer", ({ detail }) => prefer(detail.name, detail.value));
