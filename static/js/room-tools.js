// The tools: notes and the scratchpad, stored while the candidate types; text size, colors; and the keyboard.

import "./preferences.js";
import { isLeftToBrowser } from "./keys.js";
import { act, exam, question, write } from "./room-state.js";

const room = document.getElementById("room");
const { note, pad } = room.elements;
const prefer = (name, value) => act("preference", { name, value }, 0);

/** Show the texts of the state: what is typed here is in it. */
export function drawTexts() {
  if (note.value !== question().note.text) note.value = question().note.text;
  if (pad.value !== exam.scratchpad.text) pad.value = exam.scratchpad.text;
}

note.addEventListener("focus", () => note.scrollIntoView({ block: "center" })); // the bar below would cover it
note.addEventListener("input", () => exam.position && write("note", note.value));
pad.addEventListener("input", () => exam.position && write("scratchpad", pad.value));

document.addEventListener("change", ({ target: { name, value, id, checked } }) => {
  if (name === "size") prefer("size", Number(value));
  else if (name === "theme") prefer("theme", value);
  else if (id === "keys-on") prefer("keys", checked);
});
document.addEventListener("room:prefer", ({ detail }) => prefer(detail.name, detail.value));
// The page of a reload without a connection does not know what was chosen since it was loaded.
document.addEventListener("room:loaded", () => {
  const { size, theme, keys, timer } = exam.preferences;
  for (const [name, value] of Object.entries({ size, theme }))
    room.querySelector(`[name="${name}"][value="${value}"]:not(:checked)`)?.click();
  const [keysOn, clock] = ["keys-on", "timer"].map((id) => document.getElementById(id));
  if (keys === !keysOn.checked) keysOn.click();
  if (timer === (clock?.dataset.hidden === "yes")) clock?.querySelector("button").click();
});

// The keyboard shortcuts of the room: A-F and 1-9 tick, S and then one of these strikes out, and the page names the keys
// of its buttons. In study mode Enter checks an answer too, then 1-3 say how sure the candidate is, so that only letters
// tick: a digit after a check that was refused would change the answer.
const OPTIONS = { a: 0, b: 1, c: 2, d: 3, e: 4, f: 5 };
const study = room.querySelector(".sure");
let striking = false;

const buttonOf = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]:not([hidden])`);

function choose(key, strike) {
  const option = room.querySelectorAll(".option")[OPTIONS[key] ?? Number(key) - 1];
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
