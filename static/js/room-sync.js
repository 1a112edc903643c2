// Send what the candidate has done. A click is sent at once when nothing is on its way; what was done meanwhile goes
// together when the reply is here. Visits wait for the next click, for VISITS_AFTER_MS, or for the end of the page.
// While the server does not respond, the same changes are sent again; none changes anything twice.

import { serverNow, synchronize } from "./room-clock.js";
import { showMessage, text } from "./room-messages.js";
import { merge, settle } from "./room-replies.js";
import { remove, tell, unsent, visit } from "./room-state.js";
import { OK, connection, isAway, showState, showTrouble, showWell, urgent } from "./room-banner.js";

const TIMEOUT_MS = 8000; // then a request counts as unanswered
const SAVING_AFTER_MS = 400; // then "Saving…" is shown
const UNSAVED_AFTER_MS = 1800; // then the answer is shown as not saved
const RETRY_AFTER_MS = 2500; // between tries while the server does not respond
const VISITS_AFTER_MS = 30_000;
const PROTOCOL = 1;
const MAX_EVENTS = 500;
const MAX_BYTES = 60_000; // what `keepalive` lets pass
// Why a request was not answered: the browser has no session; it has ended, so that only signing in helps; the disk of
// the server is full. Anything else is no response, or an error that will pass, as that of a CSRF cookie of before.
const TROUBLE = { 401: "ended", 404: "session", 507: "full" };

export const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
let flying = null; // the promise of the running request
let isPlanned = false;
let timer = 0;
let limit = MAX_EVENTS; // of a request; one alone after a request that the server could not read

const asSent = ({ at, until: _until, ...event }) => ({ ...event, ago: Math.max(0, serverNow() - at) });

/** The next changes, as many as fit. A note and the highlights of a question share a version: one goes first. */
function batch() {
  const events = [];
  let bytes = 100;
  for (const event of unsent.values()) {
    if (event.kind === "highlight" && unsent.has(`note-${event.position}`)) continue;
    bytes += new Blob([JSON.stringify(asSent(event))]).size + 1;
    if (events.length === limit || (events.length && bytes > MAX_BYTES)) break;
    events.push(event);
  }
  return events;
}

async function post(events, options) {
  const response = await fetch(document.getElementById("room").dataset.sync, {
    method: "POST",
    body: JSON.stringify({ protocol: PROTOCOL, events: events.map(asSent) }),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    credentials: "same-origin",
    ...options,
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const { status } = response;
  return isJson ? { status, reply: await response.json() } : { status, page: await response.text() };
}

async function send() {
  const events = batch();
  const isUrgent = urgent().length > 0;
  const saving = setTimeout(() => isUrgent && showState("saving"), SAVING_AFTER_MS);
  const unsaved = setTimeout(() => isUrgent && showState("unsaved"), UNSAVED_AFTER_MS);
  const answer = await post(events, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => ({ status: 0 }));
  clearTimeout(saving);
  clearTimeout(unsaved);
  const { status, reply } = answer;
  if (status === 200 && reply) {
    limit = MAX_EVENTS;
    take(events, reply);
  } else if (status === 409 || status === 410) end(answer);
  else if (status === 423) stand();
  else if (status === 400 || status === 413) dropUnreadable(events);
  else connection.trouble = TROUBLE[status] ?? "away";
}

function take(events, reply) {
  const sent = new Map(events.map((event) => [event.id, event]));
  const isOver = reply.status !== "open" || reply.events.some(({ outcome }) => ["late", "closed"].includes(outcome));
  if (isOver) {
    end({ reply });
    return;
  }
  connection.trouble = OK;
  synchronize(reply.now, reply.deadline);
  for (const each of reply.events) if (sent.has(each.id)) settle(sent.get(each.id), each);
  merge(reply.changed ?? []);
  showWell();
  for (const { outcome, message } of reply.events) {
    if (outcome === "refused" && message) showMessage("other", message, { alert: true });
  }
}

function stand() {
  // The exam is paused, or an outage holds its end: its page says so. What waits stays in this browser until it goes on.
  connection.isClosed = true;
  location.reload();
}

function dropUnreadable(events) {
  // The server will never read one of these. Find it by sending them one by one, and go on with the others.
  if (events.length === 1) {
    remove(events[0].id);
    showMessage("other", text("unreadable"), { alert: true });
  }
  limit = 1;
}

function end(answer) {
  connection.isClosed = true; // the exam is over, or continues in another browser
  tell("end", answer);
}

/** Send what waits; resolves to whether nothing is left. With `visits`, also what could wait. */
export async function flush({ visits = true } = {}) {
  clearTimeout(timer);
  while (!connection.isClosed && (visits ? unsent.size : urgent().length)) {
    flying ??= send().finally(() => (flying = null));
    await flying;
    if (connection.isClosed || connection.trouble === OK) continue;
    showTrouble();
    clearTimeout(timer);
    timer = setTimeout(flush, RETRY_AFTER_MS);
    return false;
  }
  if (!connection.isClosed && connection.timeIsUp && visits) tell("all-sent");
  if (!connection.isClosed && unsent.size) timer = setTimeout(flush, VISITS_AFTER_MS);
  return !connection.isClosed;
}

document.addEventListener("room:queued", ({ detail: { kind } }) => {
  if (connection.trouble !== OK) showTrouble();
  else if (kind === "answer") showState("none"); // no longer "Saved", even before anything is sent
  if (isPlanned || flying || connection.trouble !== OK) return; // the reply, or the next try, sends it
  if (kind === "visit") {
    clearTimeout(timer);
    timer = setTimeout(flush, VISITS_AFTER_MS);
    return;
  }
  isPlanned = true; // one act may be several changes
  queueMicrotask(() => {
    isPlanned = false;
    flush({ visits: false });
  });
});

window.addEventListener("online", () => unsent.size && flush());
window.addEventListener("pagehide", () => {
  if (connection.isClosed || !unsent.size) return;
  visit();
  post(batch(), { keepalive: true }).catch(() => {}); // what is not acknowledged stays in this browser
});
window.addEventListener("beforeunload", (event) => {
  if (!connection.isClosed && isAway() && urgent().length) event.preventDefault();
});
