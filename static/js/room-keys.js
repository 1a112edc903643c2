// The keyboard shortcuts of the room: 1-9 tick, N and P move, F flags, S and a digit strike out, R reviews, ? shows
// help. They work by character, in any layout, but not in text fields and dialogs or with Ctrl, Alt or Meta.

const room = () => document.getElementById("room");
let striking = false;

const press = (selector) => room()?.querySelector(selector)?.click();

function busy(event) {
  return (
    event.ctrlKey ||
    event.altKey ||
    event.metaKey ||
    event.isComposing ||
    event.getModifierState("AltGraph") ||
    document.documentElement.dataset.keys === "off" ||
    document.querySelector("[popover]:popover-open:not(.room-sheet)") ||
    event.target.closest?.("textarea, select, dialog, [contenteditable], input:not([type=radio]):not([type=checkbox])")
  );
}

document.addEventListener("keydown", (event) => {
  if (!room()?.dataset.attempt || busy(event)) return;
  const key = event.key.toLowerCase();
  const strike = striking;
  striking = false;
  if (/^[1-9]$/.test(key)) {
    const option = room().querySelectorAll(".option")[Number(key) - 1];
    if (!option) return;
    const target = option.querySelector(strike ? ".strike" : "input");
    target.focus(); // scrolls it into view, and screen readers announce it
    target.click();
  } else if (key === "n") press(".room-moves .next");
  else if (key === "p") press('[name="move"][value="previous"]');
  else if (key === "f") press('[name="flag"]');
  else if (key === "r") press('.room-sheet [value="summary"]');
  else if (key === "s") striking = true;
  else if (key === "?") document.getElementById("keys-help").showPopover();
  else return;
  event.preventDefault();
});
