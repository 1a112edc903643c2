// The keyboard shortcuts of the room: A-F and 1-9 tick, S and then one of these strikes out, N and P move, M flags,
// W writes a note, H highlights the selected text, R reviews, ? shows help. In study mode X and Enter check an answer,
// then 1-3 say how sure the candidate is, so that only letters tick: a digit after a check that was refused would change
// the answer. They work by character, in any layout, wherever the focus is, but not in text fields, or with Ctrl, Alt or
// Meta. All other keys are left to the browser: arrows choose within radio buttons, Space ticks.

import { act } from "./room-highlight.js";
import { openNote } from "./room-tools.js";

const OPTIONS = "abcdef";
const TEXT_FIELDS = "textarea, select, dialog, [contenteditable], input:not([type=radio], [type=checkbox])";

const room = () => document.getElementById("room");
let striking = false;

const press = (selector) => room().querySelector(`${selector}:not([hidden])`)?.click();
const KEYS = {
  n: () => press(".room-moves .next"),
  p: () => press('[name="move"][value="previous"]'),
  m: () => press('[name="flag"]'),
  x: () => press(".check-answer"),
  r: () => press('.room-sheet [value="summary"]'),
  s: () => (striking = true),
  w: openNote,
  h: () => act("mark"),
  "?": () => document.getElementById("keys-help").showPopover(),
};

const isLeftToBrowser = (event) =>
  event.ctrlKey ||
  event.altKey ||
  event.metaKey ||
  event.isComposing ||
  event.getModifierState("AltGraph") ||
  document.documentElement.dataset.keys === "off" ||
  event.target.closest?.(TEXT_FIELDS);

function choose(key, strike) {
  const option = room().querySelectorAll(".option")[OPTIONS.includes(key) ? OPTIONS.indexOf(key) : Number(key) - 1];
  const target = option?.querySelector(strike ? ".strike" : "input");
  if (!target) return; // there are fewer options, or the solution is shown
  target.focus(); // scrolls it into view, and screen readers announce it
  target.click();
}

document.addEventListener("keydown", (event) => {
  if (!room()?.dataset.attempt || isLeftToBrowser(event)) return;
  const key = event.key.toLowerCase();
  const strike = striking;
  striking = false;
  const study = room().querySelector(".sure");
  const sure = study && !study.hidden ? study.querySelectorAll("button") : [];
  if (/^[1-3]$/.test(key) && sure.length) sure[Number(key) - 1].click();
  else if (/^[1-9]$/.test(key) && study) return;
  else if (/^[1-9a-f]$/.test(key)) choose(key, strike);
  else if (key === "enter" && study && !event.target.closest("button, a, summary")) {
    press(room().querySelector(".check-answer:not([hidden])") ? ".check-answer" : ".next.primary");
  } else if (Object.hasOwn(KEYS, key)) KEYS[key]();
  else return;
  event.preventDefault();
});

document.getElementById("keys-help").addEventListener("toggle", ({ newState }) => {
  document.getElementById("tools").classList.toggle("covered", newState === "open");
});
