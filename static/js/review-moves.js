// The keyboard shortcuts of the review: N and P move, S stars, W opens the note.

import { isLeftToBrowser } from "./keys.js";

const KEYS = { n: ".room-moves .next", p: '.room-moves [rel="prev"]', s: "#star button", w: "#note-form summary" };
const note = document.querySelector("#note-form textarea");

document.documentElement.classList.add("scripted");
document.addEventListener("keydown", (event) => {
  if (event.repeat || isLeftToBrowser(event)) return;
  const control = document.querySelector(KEYS[event.key.toLowerCase()] ?? null);
  if (!control) return;
  event.preventDefault();
  control.click();
  if (control.matches("summary")) note.focus();
});

// The browser asks before a page with an unsaved note is left.
let saving = false;
note?.form.addEventListener("submit", () => (saving = true));
window.addEventListener("beforeunload", (event) => {
  if (!saving && note && note.value !== note.defaultValue) event.preventDefault();
});
