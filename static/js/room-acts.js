// What the candidate does: ticks, and the buttons of the form. What is done before the paper is here waits for it.

import { connection, isAway, showTrouble } from "./room-banner.js";
import { showMessage, text } from "./room-messages.js";
import { act, answer, check, exam, go, question, stateOf, visit } from "./room-state.js";
import { csrfToken, flush } from "./room-sync.js";
import { askHowSure, hint, query, step, ticks } from "./room-view.js";

const DOUBLE_CLICK_MS = 300;
const room = document.getElementById("room");
const isPractice = Boolean(room.querySelector(".sure"));
const loaded = new Promise((resolve) => document.addEventListener("room:loaded", resolve, { once: true }));
const addressOf = (position) => room.dataset.address.replace("/0/", `/${position}/`);
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
  // After the question is shown: browsers fetch the icon of the page again for each address.
  requestAnimationFrame(() => setTimeout(() => history.pushState(null, "", addressOf(position) + query())));
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

/** End the exam, which is over, or a practice. Later, because a form is not submitted in its own submit event. */
export function finish() {
  room.elements.csrfmiddlewaretoken.value = csrfToken();
  setTimeout(() => room.requestSubmit(document.getElementById("end")));
}

/** Whether the answer can be checked; else say what it lacks. */
function canBeChecked() {
  const isComplete = stateOf(question()) === "answered";
  if (!isComplete) showMessage("other", text("chooseFirst", { n: question().choose }), { alert: true });
  return isComplete;
}

const ACTS = {
  previous: () => move(step(-1)),
  next() {
    const target = step(1);
    if (target <= exam.questions.length) move(target);
    else if (isPractice) ACTS.finish();
    else ACTS.summary();
  },
  summary: () => leave(room.dataset.summary + query()),
  report: () => leave(`${addressOf(exam.position)}report/`),
  finish() {
    if (isPractice && exam.questions.every((each) => each.revealed)) finish(); // nothing is left to ask
    else leave(room.dataset.finish);
  },
  check() {
    if (canBeChecked()) askHowSure(true);
  },
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
    if (canBeChecked()) check(Number(value) || null);
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
