// The state of the room, and the changes that the server has not acknowledged. Every act is an event: put into the state,
// kept in this browser, and told: `change` when a question must be drawn again, `queued` when there is something to send.

import { ends, serverNow } from "./room-clock.js";
import * as store from "./room-store.js";

/**
 * @typedef {{position: number, html: string, choose: number, version: number, ticked: number[], flagged: boolean,
 *   struck: number[], seconds: number, note: {text: string, version: number}, marks: Record<string, number[][]>,
 *   revealed?: boolean, verdict?: string, starred?: boolean, refused?: number[]}} Question as the paper has it; `starred`
 *   if that was changed here, `refused` is an answer that was not stored, because another window had saved one
 */

const MAX_STEPS = 100; // as many as the server stores of an answer
/**
 * @type {{questions: Question[], position: number, scratchpad: {text: string, version: number},
 *   preferences: Record<string, unknown>, prompt: "" | "over" | "sure"}} preferences: since the server made the page;
 *   prompt: take a tick back, or how sure? It ends when the answer changes
 */
export const exam = { questions: [], position: 0, scratchpad: { text: "", version: 0 }, preferences: {}, prompt: "" };
/** Changes by id: one of each kind and question, in the order in which they are sent. */
export const unsent = new Map();
/** Changes by id that the server has refused for good: after a reload they are sent again. */
export const rejected = new Map();
let countedMs = 0; // of the question that is shown
let visibleSince = null;

export const question = (position = exam.position) => exam.questions[position - 1];
export const maskOf = (bits) => bits.reduce((mask, bit) => mask + 2 ** bit, 0);
export const stateOf = ({ ticked, choose }) =>
  ticked.length === 0 ? "unanswered" : ticked.length < choose ? "incomplete" : "answered";
export const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`room:${name}`, { detail }));

/** What has the version that a change is based on, if it has one. */
export function versioned({ kind, position }) {
  if (kind === "scratchpad") return exam.scratchpad;
  if (["note", "highlight"].includes(kind)) return question(position).note;
  return ["answer", "check"].includes(kind) ? question(position) : {};
}

/** Put a change into the state: when it happens, and after a reload, if it is not acknowledged. */
function apply(event) {
  const { id, kind, position, version, name, value, text, on } = event;
  const shown = question(position);
  unsent.set(id, event);
  rejected.delete(id);
  Object.assign(versioned(event), { version }, text !== undefined && { text });
  if (kind === "preference") exam.preferences[name] = value;
  const stays = (bit) => shown.ticked.includes(bit) || !event.ticked.includes(bit); // struck out, as on the server
  if (kind === "answer") Object.assign(shown, { struck: shown.struck.filter(stays), refused: undefined });
  for (const field of ["ticked", "struck", "seconds", "marks"]) if (field in event) shown[field] = event[field];
  if (on !== undefined) shown[kind === "flag" ? "flagged" : "starred"] = on;
}

/** Take the paper of the server, or the one that this tab has kept, and what was not sent before a reload. */
export function load({ questions, scratchpad, preferences = {} }) {
  Object.assign(exam, { questions, scratchpad, preferences });
  store.events().forEach(apply);
  keep();
}

const keep = () => store.keep({ ...exam, ...ends() });

/** Do something to a question, or to the whole exam (position 0): one more `step` since the last reply, after `start`. */
export function act(kind, { step, start = [], ...fields }, position = exam.position) {
  const id = `${kind}-${fields.name ?? position}`;
  const { version } = versioned({ kind, position });
  const event = { id, kind, position: position || undefined, version, ...fields, at: serverNow(), until: ends().until };
  if (step) event.steps = [...(unsent.get(id)?.steps ?? start), step].slice(-MAX_STEPS);
  apply(event);
  if (kind === "visit") setTimeout(queue, 0, event); // after the question is drawn
  else queue(event);
  if (kind !== "visit") tell("change", position);
}

function queue(event) {
  if (unsent.get(event.id) !== event) return; // sent already
  store.put(event);
  tell("queued");
}

export function answer(ticked, fields = {}) {
  exam.prompt = "";
  const seconds = secondsNow();
  act("answer", { ticked, seconds, step: [maskOf(ticked), seconds], ...fields });
}

/** Ask the candidate something about the question that is shown, or no longer. */
export function prompt(kind) {
  exam.prompt = kind;
  tell("change", exam.position);
}

export function go(position) {
  if (position === exam.position) return;
  if (exam.position) visit();
  Object.assign(exam, { position, prompt: "" });
  countedMs = 1000 * question().seconds;
  visibleSince = null;
  visit();
  tell("question");
}

/** Note where the candidate is, and how long this question has been visible. It goes with the next click. */
export function visit() {
  unsent.delete(`visit-${exam.position}`); // the last visit says where the candidate is
  act("visit", { seconds: secondsNow() });
}

/** How long this question has been visible; its `seconds` are those of the last event about it. */
export function secondsNow() {
  const now = performance.now();
  if (visibleSince !== null) countedMs += now - visibleSince;
  visibleSince = document.visibilityState === "visible" ? now : null;
  return Math.round(countedMs / 1000);
}
document.addEventListener("visibilitychange", () => {
  if (!exam.position) return; // the paper is not here yet
  visit(); // a phone may end a hidden page without a word
  keep();
});
