// What the candidate does: ticks, and the buttons of the form.

import { connection, isAway, showTrouble } from "./room-banner.js";
import { showMessage, text } from "./room-messages.js";
import { askHowSure, hint, isComplete, ticks } from "./room-question.js";
import { query, step } from "./room-sheet.js";
import { answer, check, decide, exam, flag, go, question, strike, visit } from "./room-state.js";
import { csrfToken, flush } from "./room-sync.js";
import { storeTyped } from "./room-tools.js";

const DOUBLE_CLICK_MS = 300;
const room = () => document.getElementById("room");
const addressOf = (position) => room().dataset.address.replace("/0/", `/${position}/`);
const bits = (value) => value.split(",").filter(Boolean).map(Number);

document.addEventListener("change", ({ target }) => {
  if (target.name !== "option") return;
  const { choose: most } = question();
  if (target.type === "checkbox" && ticks().length > most) {
    target.checked = false;
    hint({ over: true });
    return;
  }
  choose(ticks());
});

/** Answer; how sure the candidate was of the answer before is no longer asked. */
function choose(ticked) {
  answer(ticked); // first, because what is drawn then is the state
  askHowSure(false);
}

let movedAt = 0;
let clicks = 0; // in a row: the second one of a double click must not leave a second question
document.addEventListener("click", (event) => (clicks = event.detail), { capture: true });

/** Show another question, from this browser alone. */
function move(position) {
  if (position === exam.position || (clicks > 1 && performance.now() - movedAt < DOUBLE_CLICK_MS)) return;
  if (!question(position)) {
    document.addEventListener("room:loaded", () => move(position), { once: true }); // the paper is on its way
    return;
  }
  movedAt = performance.now();
  storeTyped();
  history.pushState(null, "", addressOf(position) + query());
  go(position);
}

window.addEventListener("popstate", () => {
  const position = Number(location.pathname.match(/(\d+)\/$/)?.[1]);
  if (!exam.questions[position - 1]) return;
  storeTyped();
  go(position);
});

/** Go to a page of the server, once everything is sent; without a connection, say what waits. */
async function leave(address) {
  storeTyped();
  visit(); // the question to come back to
  connection.isLeaving = true;
  if (await flush()) location.assign(address);
  else if (room() && isAway()) showTrouble();
}

/** End the exam, which is over, or a practice. */
export function finish() {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: room().dataset.finish });
  for (const [name, value] of [
    ["csrfmiddlewaretoken", csrfToken()],
    ["finish", "yes"],
  ]) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}

async function end() {
  const isPractice = room().querySelector(".sure");
  if (isPractice && exam.questions.every((each) => each.revealed)) finish(); // nothing is left to ask
  else await leave(room().dataset.finish);
}

const MOVES = {
  previous: () => move(step(-1)),
  next() {
    const target = step(1);
    if (target <= Number(room().dataset.total)) move(target);
    else if (room().querySelector(".sure")) end();
    else MOVES.summary();
  },
  summary: () => leave(room().dataset.summary + query()),
  report: () => leave(`${addressOf(exam.position)}report/`),
  check() {
    if (isComplete()) askHowSure(true);
    else showMessage("other", text("chooseFirst", { n: question().choose }), { alert: true });
  },
  stay() {},
};

const ACTS = {
  flag: () => flag(!question().flagged),
  strike(button) {
    const bit = Number(button.closest(".option").querySelector("input").value);
    const { struck } = question();
    strike(struck.includes(bit) ? struck.filter((other) => other !== bit) : [...struck, bit]);
  },
  keep: (button) => decide(bits(button.value)),
  use: (button) => decide(bits(button.value)),
  clear: () => choose([]),
  sure(button) {
    askHowSure(false);
    check(Number(button.value));
  },
  go: (button) => move(Number(button.value)),
  move: (button) => MOVES[button.value](),
  finish: end,
};

document.addEventListener("submit", (event) => {
  if (event.target !== room() || !room().dataset.attempt) return;
  event.preventDefault();
  ACTS[event.submitter?.name]?.(event.submitter);
});
