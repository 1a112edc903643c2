// What the candidate does: ticks, buttons, notes, settings, the keyboard. Before the paper is here, it waits for it.

import "./preferences.js";
import { isLeftToBrowser } from "./keys.js";
import { connection, showConnection } from "./room-banner.js";
import { showMessage, text } from "./room-messages.js";
import { act, answer, exam, go, prompt, question, stateOf, visit } from "./room-state.js";
import { finish, flush } from "./room-sync.js";
import { query, step, ticks } from "./room-view.js";

const DOUBLE_CLICK_MS = 300;
const PATIENCE_MS = 4000; // of somebody who leaves the room, until the banner says why it takes so long
const room = document.getElementById("room");
const { note, pad } = room.elements;
const study = room.querySelector(".sure");
const loaded = new Promise((resolve) => document.addEventListener("room:loaded", resolve, { once: true }));
let clickedAt = 0;

window.addEventListener("popstate", ({ state }) => question(state) && go(state));

/** Go to a page of the server, once everything is sent; without a connection, the banner says what waits. */
async function leave(address, button) {
  visit(); // the question to come back to
  button.dataset.busy = text("connecting");
  connection.isLeaving = true;
  const silence = setTimeout(showBanner, PATIENCE_MS, { trouble: "away" });
  if (await flush().finally(() => clearTimeout(silence))) return location.assign(address);
  delete button.dataset.busy;
  showBanner();
  while (connection.isLeaving) await new Promise((resolve) => setTimeout(resolve, 500));
  if (!connection.isClosed) showMessage("save", text("lineBack"));
}

function showBanner(changes) {
  document.querySelectorAll(":popover-open").forEach((sheet) => sheet.hidePopover()); // on a phone they cover it
  showConnection(changes);
}

/** Whether the answer can be checked; else say what it lacks. */
const canBeChecked = () =>
  stateOf(question()) === "answered" || showMessage("act", text("chooseFirst", { n: question().choose }));

const ACTS = {
  previous: () => go(step(-1)),
  next: (button) => (step(1) ? go(step(1)) : ACTS[study ? "finish" : "summary"](button)),
  summary: (button) => leave(room.dataset.summary + query(), button),
  report: (button) => leave(`../${exam.position}/report/`, button),
  // Nothing is asked before the end when nothing is left to solve.
  finish: (button) =>
    study && exam.questions.every(({ revealed }) => revealed) ? finish() : leave(room.dataset.finish, button),
  check: () => canBeChecked() && prompt("sure"),
  sure({ value }) {
    exam.prompt = "";
    if (canBeChecked()) act("check", { ticked: question().ticked, sure: Number(value) || null }); // null: not asked
  },
  flag: () => act("flag", { on: !question().flagged }),
  star: (button) => act("star", { on: button.getAttribute("aria-pressed") !== "true" }),
  strike(button) {
    const { struck } = question();
    const bit = Number(button.closest(".option").querySelector("input").value);
    act("strike", { struck: struck.includes(bit) ? struck.filter((other) => other !== bit) : [...struck, bit] });
  },
  use: ({ value }) => answer(value.split(",").filter(Boolean).map(Number)),
  clear: () => answer([]),
  go: ({ value }) => go(Number(value)),
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[name]");
  if (button?.form !== room || button.id === "end") return;
  event.preventDefault();
  // The second click of a double click must not leave a second question.
  if (event.detail > 1 && event.timeStamp - clickedAt < DOUBLE_CLICK_MS) return;
  clickedAt = event.timeStamp;
  await loaded;
  ACTS[button.name === "move" ? button.value : button.name]?.(button);
});

const SETTINGS = { size: ({ value }) => Number(value), theme: ({ value }) => value, keys: ({ checked }) => checked };

document.addEventListener("room:prefer", ({ detail }) => act("preference", detail, 0));
document.addEventListener("change", ({ target }) => {
  const { name } = target;
  if (name in SETTINGS) act("preference", { name, value: SETTINGS[name](target) }, 0);
  else if (name !== "option" || !exam.position) return;
  else if (ticks().length > question().choose) prompt("over");
  else answer(ticks());
});
note.addEventListener("focus", () => note.scrollIntoView({ block: "center" })); // the bar below would cover it
note.addEventListener("input", () => exam.position && act("note", { text: note.value }));
pad.addEventListener("input", () => exam.position && act("scratchpad", { text: pad.value }, 0));

// The page of a reload without a connection does not know what was chosen since it was loaded.
document.addEventListener("room:loaded", () => {
  const { size, theme, keys, timer } = exam.preferences;
  for (const [name, value] of Object.entries({ size, theme }))
    room.querySelector(`[name="${name}"][value="${value}"]:not(:checked)`)?.click();
  if (keys === !room.elements.keys.checked) room.elements.keys.click();
  const clock = document.getElementById("timer");
  if (timer === (clock?.dataset.hidden === "yes")) clock?.querySelector("button").click();
});

// The keyboard: A-F and 1-9 tick, S and then one of these strikes out, and the page names the keys of its buttons. In study
// mode Enter checks an answer too, then 1-3 say how sure one is, so that only letters tick; Enter again leaves it unsaid.
const OPTIONS = { a: 0, b: 1, c: 2, d: 3, e: 4, f: 5 };
let striking = false;
const buttonOf = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]:not([hidden], .sure[hidden] *)`);

document.addEventListener("keydown", (event) => {
  if (!room.isConnected || event.repeat || isLeftToBrowser(event)) return;
  const key = event.key.toLowerCase();
  const strike = striking;
  striking = false;
  if (key === "enter" && study && !event.target.closest("button, a, summary")) {
    if (exam.prompt === "sure") ACTS.sure({});
    else (buttonOf("x") ?? room.querySelector(".next.primary"))?.click();
  } else if (buttonOf(key)) buttonOf(key).click();
  else if (key === "s") striking = true;
  else if ((study ? /^[a-f]$/ : /^[1-9a-f]$/).test(key)) {
    const option = room.querySelectorAll(".option")[OPTIONS[key] ?? Number(key) - 1];
    const target = option?.querySelector(strike ? ".strike" : "input"); // none when the solution is shown
    target?.focus(); // scrolls it into view, and screen readers announce it
    target?.click();
  } else return;
  event.preventDefault();
});
