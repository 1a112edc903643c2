// The state of the room: all questions with what the candidate has done to them, and the changes that the server has not
// acknowledged yet. Every act changes the state, is stored in this browser, and is told to the other modules: `change`
// when a question must be drawn again, `queued` when there is something to send. Nothing here touches the page.

import { keptClock, serverNow, untilHere } from "./room-clock.js";
import { openStore } from "./room-store.js";

/**
 * @typedef {object} Question
 * @property {number} position
 * @property {string} html the stem and the options, or the solution
 * @property {number} choose
 * @property {number} version of the answer, as acknowledged
 * @property {number[]} ticked bits
 * @property {boolean} flagged
 * @property {number[]} struck bits
 * @property {number} seconds of visible time
 * @property {{text: string, version: number}} note its version is that of the highlights too
 * @property {Record<string, number[][]>} marks
 * @property {boolean} [revealed] practice: the solution is shown
 * @property {string} [verdict] practice: right or wrong, once it is revealed
 * @property {number[]} [refused] an answer that was not stored, because another window had saved one
 */

const { attempt, candidate } = document.getElementById("room").dataset;
export const store = openStore(attempt, candidate);
/** @type {{questions: Question[], position: number, scratchpad: {text: string, version: number}}} */
export const exam = { questions: [], position: 0, scratchpad: { text: "", version: 0 } };
/** Changes by id: one of each kind and question, in the order in which they are sent. */
export const unsent = new Map();
const touched = new Set(); // positions that were changed since the page was loaded; 0 for the scratchpad
let countedMs = 0; // of the question that is shown
let visibleSince = null;

export const question = (position = exam.position) => exam.questions[position - 1];
export const maskOf = (bits) => bits.reduce((mask, bit) => mask + 2 ** bit, 0);
export const stateOf = ({ ticked, choose }) =>
  ticked.length === 0 ? "unanswered" : ticked.length < choose ? "incomplete" : "answered";
export const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`room:${name}`, { detail }));

const RESTORE = {
  answer: (shown, { ticked, version }) => Object.assign(shown, { ticked, version }),
  flag: (shown, { on }) => Object.assign(shown, { flagged: on }),
  strike: (shown, { struck }) => Object.assign(shown, { struck }),
  note: (shown, { text, version }) => Object.assign(shown, { note: { text, version } }),
  highlight: (shown, { marks }) => Object.assign(shown, { marks }),
  scratchpad: (all, { text, version }) => Object.assign(all, { scratchpad: { text, version } }),
  conflict(shown, { ticked, position }) {
    shown.refused = ticked;
    tell("refused", position);
  },
};

/** Take questions, and put on them what was not sent before a reload. Those that were changed here meanwhile stay. */
function take(questions, scratchpad) {
  exam.questions = questions.map((other) => (touched.has(other.position) ? question(other.position) : other));
  if (!touched.has(0)) exam.scratchpad = scratchpad;
  for (const event of store.events()) {
    if (event.kind !== "conflict") unsent.set(event.id, event);
    const place = event.position ? question(event.position) : exam;
    if (place && !touched.has(event.position ?? 0)) RESTORE[event.kind]?.(place, event);
  }
}

/** Begin with the question that the server has put on the page, so that it works at once. */
export function begin(shown, scratchpad) {
  const questions = [];
  questions[shown.position - 1] = shown;
  take(questions, scratchpad);
  enter(shown.position);
}

/** Go on with the paper of the server, or the one that this tab has kept. */
export function load(paper, position) {
  take(paper.questions, paper.scratchpad);
  for (const { position: each } of exam.questions) keep(each);
  keep(0);
  if (exam.position) tell("change", position);
  else enter(position);
}

/** The paper as this tab has kept it, null without one. */
export function keptPaper() {
  const kept = store.kept("exam");
  const questions = Array.from({ length: kept?.total ?? 0 }, (_, i) => store.kept(i + 1));
  return kept && questions.every(Boolean) ? { ...kept, questions } : null;
}

export function keep(position) {
  const { scratchpad, questions } = exam;
  if (position) store.keep(position, question(position));
  else store.keep("exam", { scratchpad, total: questions.length, clock: keptClock(), until: untilHere() });
}

function record(kind, fields, position = exam.position) {
  const id = `${kind}-${fields.name ?? position}`;
  const event = { id, kind, ...(position ? { position } : {}), ...fields, at: serverNow() };
  if (kind === "visit") unsent.delete(id); // the last visit says where the candidate is
  else touched.add(position);
  unsent.set(id, event);
  if (kind === "visit") setTimeout(() => persist(event)); // after the question is drawn
  else persist(event);
  tell("queued", event);
}

function persist(event) {
  if (unsent.get(event.id) === event) store.put(event, untilHere());
  keep(event.position ?? 0);
}

export function answer(ticked) {
  const shown = question();
  countTime();
  shown.ticked = ticked;
  const steps = [...(unsent.get(`answer-${exam.position}`)?.steps ?? []), [maskOf(ticked), shown.seconds]].slice(-200);
  record("answer", { ticked, version: shown.version, seconds: shown.seconds, steps });
  const struck = shown.struck.filter((bit) => !ticked.includes(bit));
  if (struck.length < shown.struck.length) strike(struck);
  else tell("change", exam.position);
}

export function strike(struck) {
  question().struck = struck;
  record("strike", { struck });
  tell("change", exam.position);
}

export function flag(on) {
  question().flagged = on;
  record("flag", { on });
  tell("change", exam.position);
}

/** Write the note on the question, or the scratchpad. */
export function write(kind, text, position = exam.position) {
  const place = kind === "note" ? question(position).note : exam.scratchpad;
  if (place.text === text) return;
  place.text = text;
  record(kind, { text, version: place.version }, kind === "note" ? position : 0);
  if (kind === "note") tell("change", position);
}

export function highlight(marks) {
  question().marks = marks;
  record("highlight", { marks, version: question().note.version });
}

export const prefer = (name, value) => record("preference", { name, value }, 0);

/** Ask for the solution. `sure` is 1 to 3. */
export function check(sure) {
  countTime();
  const { ticked, version } = question();
  record("check", { ticked, version, sure });
}

export function go(position) {
  visit();
  enter(position);
}

function enter(position) {
  exam.position = position;
  countedMs = 1000 * question().seconds;
  visibleSince = null;
  visit();
  tell("question", position);
}

/** Note how long the question that is shown has been visible. */
export function visit() {
  countTime();
  record("visit", { seconds: question().seconds });
}

function countTime() {
  const now = performance.now();
  if (visibleSince !== null) countedMs += now - visibleSince;
  visibleSince = document.visibilityState === "visible" ? now : null;
  question().seconds = Math.round(countedMs / 1000);
}
document.addEventListener("visibilitychange", () => exam.questions.length && countTime());

/** Forget a change: it is stored, or will never be. */
export function remove(id) {
  unsent.delete(id);
  store.drop(id);
}

/** Choose between the stored answer and the one that was refused. */
export function decide(ticked) {
  const shown = question();
  delete shown.refused;
  store.drop(`conflict-${exam.position}`);
  if (maskOf(ticked) === maskOf(shown.ticked)) {
    keep(exam.position);
    tell("change", exam.position);
  } else answer(ticked);
}
