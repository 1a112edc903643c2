// The keyboard shortcuts of the review: N and P move, S stars. They work by character, in any layout, but not in text
// fields or with Ctrl, Alt or Meta, and not if the candidate has switched shortcuts off.

const KEYS = { n: ".room-moves .next", p: '.room-moves [rel="prev"]', s: "#star button" };

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
});
