// What the server says about changes that were sent, put into the state of the room.

import { untilHere } from "./room-clock.js";
import { exam, keep, maskOf, question, remove, store, tell, unsent } from "./room-state.js";

/** Take the reply to a change. `sent` is the event as it was sent; a later act may have replaced it since. */
export function settle(sent, reply) {
  const last = unsent.get(sent.id);
  const shown = question(sent.position);
  const isOutdated = reply.outcome === "outdated";
  if (isOutdated && sent.kind === "answer") return refuse(sent, last, reply);
  if (reply.version !== undefined && !(isOutdated && last !== sent)) setVersion(sent, reply.version);
  if (reply.html) Object.assign(shown, revealed(reply));
  if (isOutdated && last === sent && reply.text !== undefined) takeNote(sent, reply);
  if (last === sent) remove(sent.id);
  else if (sent.steps && last) last.steps = last.steps.slice(sent.steps.length);
  if (shown) keep(sent.position);
  if (reply.html) tell("revealed", sent.position);
  return tell("change", sent.position);
}

function setVersion({ kind, position }, version) {
  if (kind === "answer" || kind === "check") question(position).version = version;
  else if (kind === "scratchpad") exam.scratchpad.version = version;
  else if (kind === "note" || kind === "highlight") question(position).note.version = version;
  const same = { answer: ["answer"], note: ["note", "highlight"], highlight: ["note", "highlight"] }[kind] ?? [kind];
  for (const event of unsent.values()) {
    if (event.position === position && same.includes(event.kind)) event.version = version;
  }
}

/** A note that another window has changed: the text of there with ours below it, and the highlights of there. */
function takeNote({ position, kind }, { text, marks }) {
  if (kind === "scratchpad") exam.scratchpad.text = text;
  else Object.assign(question(position), { marks, note: { ...question(position).note, text } });
}

const revealed = ({ html, ticked, verdict }) => ({ html, revealed: true, verdict, ...(ticked ? { ticked } : {}) });

function refuse(sent, last, reply) {
  // If an acknowledgement was lost, what is stored is a step of this very answer: go on from there.
  const stored = maskOf(reply.ticked ?? []);
  if (sent.steps.some(([mask]) => mask === stored)) return setVersion(sent, reply.version);
  const shown = question(sent.position);
  Object.assign(shown, { refused: (last ?? sent).ticked, ticked: reply.ticked, version: reply.version });
  remove(sent.id);
  store.put(
    { id: `conflict-${sent.position}`, kind: "conflict", position: sent.position, ticked: shown.refused },
    untilHere(),
  );
  keep(sent.position);
  tell("change", sent.position);
  return tell("refused", sent.position);
}

/** Take questions that another window has changed, except what was changed here too. */
export function merge(changed) {
  for (const other of changed) {
    if ([...unsent.values()].some((event) => event.position === other.position && event.kind !== "visit")) continue;
    const isRevealed = other.revealed && !question(other.position).revealed;
    Object.assign(question(other.position), other);
    keep(other.position);
    if (isRevealed) tell("revealed", other.position);
    tell("change", other.position);
  }
}
