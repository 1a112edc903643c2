// The tools: notes and the scratchpad, stored while the candidate types; text size, colors; and the keyboard.

import "./preferences.js";
import { act, exam, question, write } from "./room-state.js";

const room = document.getElementById("room");
const { note, pad } = room.elements;
const prefer = (name, value) => act("preference", { name, value }, 0);

/** Show the texts of the state: what is typed here is in it. */
export function drawTexts() {
  for (const [field, { text }] of [
    [note, question().note],
    [pad, exam.scratchpad],
  ]) {
    if (field.value !== text) field.value = text;
  }
}

document.addEventListener("input", ({ target }) => {
  if (exam.position && target === note) write("note", note.value);
  else if (exam.position && target === pad) write("scratchpad", pad.value);
});

// Open the note for writing: otherwise the words would go to the shortcuts. A click that opens it does so too; a key has
// no place on the screen.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.(".note-dock summary, .note-mark");
  if (!opener || (opener.parentElement.open && event.detail)) return;
  event.preventDefault();
  opener.ownerDocument.querySelector(".note-dock").open = true;
  note.focus({ preventScroll: true });
  note.scrollIntoView({ block: "center" });
});

document.addEventListener("change", ({ target: { name, value, id, checked } }) => {
  if (name === "size") prefer("size", Number(value));
  else if (name === "theme") prefer("theme", value);
  else if (id === "keys-on") {
    document.documentElement.dataset.keys = checked ? "on" : "off";
    prefer("keys", checked);
  }
});
document.addEventListener("room:prefer", ({ detail }) => prefer(detail.name, detail.value));

// The keyboard shortcuts of the room: A-F and 1-9 tick, S and then one of these strikes out, and the page names the keys
// of its buttons. In study mode Enter checks an answer too, then 1-3 say how sure the candidate is, so that only letters
// tick: a digit after a check that was refused would change the answer. They work by character, in any layout, wherever
// the focus is, but not in text fields, or with Ctrl, Alt or Meta. All other keys are left to the browser.
const OPTIONS = "abcdef";
const TEXT_FIELDS = "textarea, select, dialog, [contenteditable], input:not([type=radio], [type=checkbox])";
const study = room.querySelector(".sure");
let striking = false;

const buttonOf = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]:not([hidden])`);

const isLeftToBrowser = (event) =>
  event.ctrlKey ||
  event.altKey ||
  event.metaKey ||
  event.isComposing ||
  event.getModifierState("AltGraph") ||
  document.documentElement.dataset.keys === "off" ||
  event.target.closest?.(TEXT_FIELDS);

function choose(key, strike) {
  const option = room.querySelectorAll(".option")[OPTIONS.includes(key) ? OPTIONS.indexOf(key) : Number(key) - 1];
  const target = option?.querySelector(strike ? ".strike" : "input");
  if (!target) return; // there are fewer options, or the solution is shown
  target.focus(); // scrolls it into view, and screen readers announce it
  target.click();
}

document.addEventListener("keydown", (event) => {
  if (!room.isConnected || isLeftToBrowser(event)) return;
  const key = event.key.toLowerCase();
  const strike = striking;
  striking = false;
  const isAsked = study && !study.hidden;
  if (/^[1-3]$/.test(key) && isAsked) study.querySelectorAll("button")[Number(key) - 1].click();
  else if (/^[1-9]$/.test(key) && study) return;
  else if (/^[1-9a-f]$/.test(key)) choose(key, strike);
  else if (key === "enter" && study && !event.target.closest("button, a, summary")) {
    (buttonOf("x") ?? room.querySelector(".next.primary"))?.click();
  } else if (key === "s") striking = true;
  else if (buttonOf(key)) buttonOf(key).click();
  else return;
  event.preventDefault();
});
