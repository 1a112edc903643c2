// The keyboard shortcuts of the room: A-F and 1-9 tick, S and then one of these strikes out, N and P move, M flags,
// R reviews, ? shows help. In study mode X checks an answer, then 1-3 say how sure the candidate is, so that only letters
// tick: a digit after a check that was refused would change the answer. They work by
// character, in any layout, but not in text fields and dialogs, on links and summaries, or with Ctrl, Alt or Meta. On a
// button outside the options, no key changes the answer: the candidate may think that a text field has the focus. All
// other keys are left to the browser: arrows choose within radio buttons, Space ticks.

const OPTIONS = "abcdef";

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
    event.target.closest?.(
      "textarea, select, dialog, summary, a, [contenteditable], input:not([type=radio]):not([type=checkbox])",
    )
  );
}

document.addEventListener("keydown", (event) => {
  if (!room()?.dataset.attempt || busy(event)) return;
  const key = event.key.toLowerCase();
  const strike = striking;
  striking = false;
  const sure = room().querySelectorAll(".sure button");
  if (/^[1-3]$/.test(key) && sure.length) sure[Number(key) - 1].click();
  else if (/^[1-9a-f]$/.test(key)) {
    if (event.target.closest("button, input") && !event.target.closest(".option")) return;
    if (/\d/.test(key) && room().querySelector(".check-answer, .sure")) return; // in study mode digits say how sure
    const place = OPTIONS.includes(key) ? OPTIONS.indexOf(key) : Number(key) - 1;
    const option = room().querySelectorAll(".option")[place];
    if (!option) return;
    const target = option.querySelector(strike ? ".strike" : "input");
    if (!target) return; // the solution is shown
    target.focus(); // scrolls it into view, and screen readers announce it
    target.click();
  } else if (key === "n") press(".room-moves .next");
  else if (key === "p") press('[name="move"][value="previous"]');
  else if (key === "m") press('[name="flag"]');
  else if (key === "x") press('[name="move"][value="check"]');
  else if (key === "r") press('.room-sheet [value="summary"]');
  else if (key === "s") striking = true;
  else if (key === "?") document.getElementById("keys-help").showPopover();
  else return;
  event.preventDefault();
});
