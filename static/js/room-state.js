// The state of the room: all questions with what the candidate has done to them, and the changes that the server has not
// acknowledged yet. Every act is an event: it is put into the state, kept in this browser, and told to the other modules:
// `change` when a question must be drawn again, `queued` when there is something to send. Nothing here touches the page.

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
 * @property {boolean} [starred] practice: changed here; what is stored is in the solution
 * @property {number[]} [refused] an answer that was not stored, because another window had saved one
 */

const MAX_STEPS = 200;
const { attempt, candidate } = document.getElementById("room").dataset;
export const store = openStore(attempt, candidate);
/**
 * @type {{questions: Question[], position: number, scratchpad: {text: string, version: number},
 *   preferences: Record<string, unknown>}} the preferences that were chosen since the server made the page
 */
export const exam = { questions: [], position: 0, scratchpad: { text: "", version: 0 }, preferences: {} };
/** Changes by id: one of each kind and question, in the order in which they are sent. */
export const unsent = new Map();
let countedMs = 0; // of the question that is shown
let visibleSince = null;

export const question = (position = exam.position) => exam.questions[position - 1];
export const maskOf = (bits) => bits.reduce((mask, bit) => mask + 2 ** bit, 0);
export const stateOf = ({ ticked, choose }) =>
  ticked.length === 0 ? "unanswered" : ticked.length < choose ? "incomplete" : "answered";
export const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`room:${name}`, { detail }));

const APPLY = {
  answer(shown, { ticked }) {
    Object.assign(shown, { ticked, struck: shown.struck.filter((bit) => !ticked.includes(bit)) });
    delete shown.refused;
  },
  flag: (shown, { on }) => Object.assign(shown, { flagged: on }),
  star: (shown, { on }) => Object.assign(shown, { starred: on }),
  strike: (shown, { struck }) => Object.assign(shown, { struck }),
  visit: (shown, { seconds }) => Object.assign(shown, { seconds }),
  highlight: (shown, { marks }) => Object.assign(shown, { marks }),
  note: ({ note }, { text }) => Object.assign(note, { text }),
  scratchpad: (_, { text }) => Object.assign(exam.scratchpad, { text }),
  preference: (_, { name, value }) => Object.assign(exam.preferences, { [name]: value }),
};

/** What has the version that a change is based on, if it has one. */
export function versioned({ kind, position }) {
  if (kind === "scratchpad") return exam.scratchpad;
  if (["note", "highlight"].includes(kind)) return question(position).note;
  return ["answer", "check"].includes(kind) ? question(position) : {};
}

/** Put a change into the state: when it happens, and after a reload, if it is not acknowledged. */
function apply(event) {
  unsent.set(event.id, event);
  versioned(event).version = event.version;
  APPLY[event.kind]?.(question(event.position), event);
}

/** Take the paper of the server, or the one that this tab has kept, and what was not sent before a reload. */
export function load({ questions, scratchpad, preferences = {} }) {
  Object.assign(exam, { questions, scratchpad, preferences });
  store.events().forEach(apply);
  keep();
}

/** Keep the paper for a reload of this tab: when it is here, and when the page may end. */
function keep() {
  if (exam.questions.length) store.keep({ ...exam, clock: keptClock(), until: untilHere() });
}

/** Do something to a question, or to the whole exam (position 0). */
export function act(kind, fields, position = exam.position) {
  const id = `${kind}-${fields.name ?? position}`;
  const { version } = versioned({ kind, position });
  const event = { id, kind, position: position || undefined, version, ...fields, at: serverNow(), until: untilHere() };
  apply(event);
  if (kind === "visit") {
    setTimeout(queue, 0, event); // after the question is drawn
    return;
  }
  queue(event);
  tell("change", position);
}

function queue(event) {
  if (unsent.get(event.id) !== event) return; // sent already
  store.put(event);
  tell("queued", event.kind);
}

export function answer(ticked, fields = {}) {
  countTime();
  const { seconds } = question();
  const before = unsent.get(`answer-${exam.position}`)?.steps ?? [];
  const steps = [...before, [maskOf(ticked), seconds]].slice(-MAX_STEPS);
  act("answer", { ticked, seconds, steps, ...fields });
}

/** Show another question. */
export function go(position) {
  if (exam.position) visit();
  exam.position = position;
  countedMs = 1000 * question().seconds;
  visibleSince = null;
  visit();
  tell("question");
}

/** Note where the candidate is, and how long this question has been visible. It goes with the next click. */
export function visit() {
  countTime();
  unsent.delete(`visit-${exam.position}`); // the last visit says where the candidate is
  act("visit", { seconds: question().seconds });
}

function countTime() {
  const now = performance.now();
  if (visibleSince !== null) countedMs += now - visibleSince;
  visibleSince = document.visibilityState === "visible" ? now : null;
  question().seconds = Math.round(countedMs / 1000);
}
document.addEventListener("visibilitychange", () => {
  if (exam.position) countTime();
  keep();
});

/** Forget a change: it is stored, or will never be. */
export function remove(id) {
  unsent.delete(id);
  store.drop(id);
}
