// The keyboard shortcuts of the review: N and P move, S stars, W opens the note. They work by character, in any layout, but not in text
// fields or with Ctrl, Alt or Meta, and not if the candidate has switched shortcuts off.

const KEYS = { n: ".room-moves .next", p: '.room-moves [rel="prev"]', s: "#star button", w: "#note-form summary" };
const note = document.querySelector("#note-form textarea");

document.documentElement.classList.add("scripted");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  if (document.documentElement.dataset.keys === "off") return;
  if (event.target.closest?.("textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])"))
    return;
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
