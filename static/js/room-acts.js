// What the candidate does: ticks, the buttons of the form, notes and the scratchpad, text size and colors, the keyboard.
// What is done before the paper is here waits for it.

import "./preferences.js";
import { isLeftToBrowser } from "./keys.js";
import { connection, isAway, showTrouble } from "./room-banner.js";
import { showMessage, text } from "./room-messages.js";
import { act, answer, exam, go, question, stateOf, visit } from "./room-state.js";
import { finish, flush } from "./room-sync.js";
import { askHowSure, hint, query, step, ticks } from "./room-view.js";

const DOUBLE_CLICK_MS = 300;
const room = document.getElementById("room");
const { note, pad } = room.elements;
const study = room.querySelector(".sure");
const loaded = new Promise((resolve) => document.addEventListener("room:loaded", resolve, { once: true }));
export const addressOf = (position) => room.dataset.address.replace("/0/", `/${position}/`);
let movedAt = 0;

document.addEventListener("change", ({ target }) => {
  if (target.name !== "option" || !exam.position) return;
  if (target.type === "checkbox" && ticks().length > question().choose) {
    target.checked = false;
    hint({ over: true });
  } else choose(ticks());
});

/** Answer; how sure the candidate is of the answer before is no longer asked. */
function choose(ticked) {
  answer(ticked); // first, because what is drawn then is the state
  askHowSure(false);
}

/** Show another question, from this browser alone. */
function move(position) {
  if (position === exam.position) return;
  movedAt = performance.now();
  go(position);
}

window.addEventListener("popstate", () => {
  const position = Number(location.pathname.match(/(\d+)\/$/)?.[1]);
  if (question(position)) go(position);
});

/** Go to a page of the server, once everything is sent; without a connection, say what waits. */
async function leave(address) {
  visit(); // the question to come back to
  connection.isLeaving = true;
  if (await flush()) location.assign(address);
  else if (room.isConnected && isAway()) showTrouble();
}

/** Whether the answer can be checked; else say what it lacks. */
function canBeChecked() {
  const isComplete = stateOf(question()) === "answered";
  if (!isComplete) showMessage("other", text("chooseFirst", { n: question().choose }));
  return isComplete;
}

const ACTS = {
  previous: () => move(step(-1)),
  next() {
    const target = step(1);
    if (target <= exam.questions.length) move(target);
    else if (study) ACTS.finish();
    else ACTS.summary();
  },
  summary: () => leave(room.dataset.summary + query()),
  report: () => leave(`${addressOf(exam.position)}report/`),
  finish() {
    if (study && exam.questions.every((each) => each.revealed)) finish(); // nothing is left to ask
    else leave(room.dataset.finish);
  },
  check: () => canBeChecked() && askHowSure(true),
  flag: () => act("flag", { on: !question().flagged }),
  star: (button) => act("star", { on: button.getAttribute("aria-pressed") !== "true" }),
  strike(button) {
    const bit = Number(button.closest(".option").querySelector("input").value);
    const others = question().struck.filter((other) => other !== bit);
    act("strike", { struck: others.length < question().struck.length ? others : [...others, bit] });
  },
  use: ({ value }) => choose(value.split(",").filter(Boolean).map(Number)),
  clear: () => choose([]),
  sure({ value }) {
    askHowSure(false);
    if (canBeChecked()) act("check", { ticked: question().ticked, sure: Number(value) || null }); // null: not asked
  },
  go: ({ value }) => move(Number(value)),
};

room.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.id === "end") return;
  event.preventDefault();
  await loaded;
  ACTS[button?.name === "move" ? button.value : button?.name]?.(button);
});
// The second click of a double click must not leave a second question.
room.addEventListener("click", (event) => {
  if (event.detail > 1 && performance.now() - movedAt < DOUBLE_CLICK_MS) event.preventDefault();
});

const prefer = (name, value) => act("preference", { name, value }, 0);

note.addEventListener("focus", () => note.scrollIntoView({ block: "center" })); // the bar below would cover it
note.addEventListener("input", () => exam.position && act("note", { text: note.value }));
pad.addEventListener("input", () => exam.position && act("scratchpad", { text: pad.value }, 0));

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
let striking = false;

const buttonOf = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]:not([hidden], .sure[hidden] *)`);

function choosePlace(key, strike) {
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
  if (key === "enter" && study && !event.target.closest("button, a, summary")) {
    (buttonOf("x") ?? room.querySelector(".next.primary"))?.click();
  } else if (buttonOf(key)) buttonOf(key).click();
  else if (key === "s") striking = true;
  else if ((study ? /^[a-f]$/ : /^[1-9a-f]$/).test(key)) choosePlace(key, strike);
  else return;
  event.preventDefault();
});
