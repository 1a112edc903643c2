// Send what the candidate has done, and put the replies into the state. A click is sent at once when nothing is on its
// way; an answer waits for the ticks that it lacks, a text for a pause in typing, a visit for a click.

import { OK, connection, showConnection, urgent } from "./room-banner.js";
import { isTimeUp, serverNow, synchronize } from "./room-clock.js";
import { showMessage } from "./room-messages.js";
import { exam, maskOf, question, rejected, secondsNow, stateOf, tell, unsent, versioned, visit } from "./room-state.js";
import { clear, drop, put } from "./room-store.js";

const TIMEOUT_MS = 8000; // then a request counts as unanswered
const UNSAVED_AFTER_MS = 1800; // then the answer is shown as not saved
export const RETRY_AFTER_MS = 2500; // between tries while the server does not respond
const WAIT_MS = { incomplete: 1500, visit: 30_000, highlight: 2000, note: 900, scratchpad: 900 }; // since the change
const PROTOCOL = 1;
const MAX_EVENTS = 500;
const MAX_BYTES = 60_000; // what `keepalive` lets pass
// Why a request was not answered: no session; one that has ended; a full disk. Anything else will pass.
const TROUBLE = { 200: OK, 400: OK, 401: "ended", 404: "session", 413: OK, 415: OK, 507: "full" };

const room = document.getElementById("room");
const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
let flying = null; // the promise of the running request
let timer = 0;

const asSent = ({ at, until: _until, ...event }) => ({
  ...event,
  // A change before this one may have been stored meanwhile; of a visit, what is shown.
  version: (event.kind === "visit" ? question(event.position) : versioned(event)).version,
  ago: Math.max(0, serverNow() - at),
});

/** The next changes, as many as fit. A note and the highlights of a question share a version: one goes first. */
function batch() {
  const events = [];
  let bytes = 100;
  for (const event of unsent.values()) {
    if (event.kind === "highlight" && unsent.has(`note-${event.position}`)) continue;
    bytes += new Blob([JSON.stringify(asSent(event))]).size + 1;
    if (events.length === MAX_EVENTS || (events.length && bytes > MAX_BYTES)) break;
    events.push(event);
  }
  return events;
}

const post = (events, options) =>
  fetch(room.dataset.sync, {
    method: "POST",
    body: JSON.stringify({ protocol: PROTOCOL, events: events.map(asSent) }),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    ...options,
  });

export async function fetchPaper(patienceMs) {
  const response = await fetch(room.dataset.paper, { cache: "no-store", signal: AbortSignal.timeout(patienceMs) });
  if (response.ok) return { policy: response.headers.get("Content-Security-Policy"), ...(await response.json()) };
  if (response.status < 429) location.assign(room.dataset.home); // over, in another browser, or signed out
  throw new Error(String(response.status));
}

async function send(events = batch()) {
  const slow = setTimeout(showConnection, UNSAVED_AFTER_MS, { isSlow: true });
  try {
    const response = await post(events, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    connection.trouble = TROUBLE[response.status] ?? "away";
    if (response.status === 200) take(events, await response.json());
    else if ([409, 423].includes(response.status)) end(await response.json());
    else if (response.status === 410) end({ page: await response.text() });
    else if (connection.trouble === OK) await refuse(events, response);
  } catch {
    connection.trouble = "away";
  }
  clearTimeout(slow);
  showConnection({ isSlow: false });
}

/** Send one by one what is refused together; go on without a change that this server, not a proxy, refuses alone. */
async function refuse(events, response) {
  if (events.length === 1) settle(events[0], { outcome: "rejected", ...(await response.json()) });
  else for (const event of events) if (connection.trouble === OK && !connection.isClosed) await send([event]);
}

/** Nothing more is sent: show why. An exam that is over may be reopened for the answers that came too late. */
function end({ status, page, message, stands }) {
  connection.isClosed = true;
  if (page || status) clear(Boolean(status));
  if (page) show(new DOMParser().parseFromString(page, "text/html"));
  else if (message && !stands) showMessage("save", message); // another release: a reload sends what waits
  else location.assign(room.dataset.home); // that page says why
}

function show({ title, body }) {
  document.title = title;
  document.body.replaceWith(body);
  Object.assign(document.querySelector("h1"), { tabIndex: -1 }).focus();
}

export function finish() {
  room.elements.csrfmiddlewaretoken.value = csrfToken();
  room.requestSubmit(document.getElementById("end"));
}

function take(events, reply) {
  const isLate = reply.events.some(({ outcome }) => ["late", "closed"].includes(outcome));
  if (isLate || reply.status !== "open") return end(reply);
  synchronize(reply.now, reply.deadline);
  for (const [place, each] of reply.events.entries()) settle(events[place], each);
  for (const other of reply.changed) {
    if (urgent().some((event) => event.position === other.position)) continue;
    Object.assign(question(other.position), other);
    tell("change", other.position);
  }
  const told = reply.events.findLast(({ outcome, text, message }) => message && (outcome === "refused" || text));
  if (told) showMessage("other", told.message); // also of a note that was merged with that of another window
}

/** Take the reply to a change. `sent` is the event as it was sent; a later act may have replaced it since. */
function settle(sent, { outcome, version, ticked, text, marks, html, verdict }) {
  const { id, kind, position, steps = [] } = sent;
  const last = unsent.get(id);
  const isOutdated = outcome === "outdated";
  // If a reply was lost, what is stored is a step of this very change: go on from there.
  const stored = JSON.stringify(marks ?? maskOf(ticked ?? []));
  const n = isOutdated ? steps.findLastIndex(([step]) => JSON.stringify(step) === stored) + 1 : steps.length;
  // Another window has written a note, and this one writes: that goes below it, still based on the version before.
  const isBelow = kind === "highlight" && text !== undefined && unsent.has(`note-${position}`);
  if (text !== undefined && !isBelow && (kind === "highlight" || last === sent)) versioned(sent).text = text;
  if (version !== undefined && !isBelow && (n > 0 || !isOutdated || last === sent)) versioned(sent).version = version;
  if (kind === "answer" && last) last.steps = last.steps.slice(n); // each step is told once
  if (isOutdated && n > 0) return;
  const isRefused = isOutdated && kind === "answer";
  if (isRefused || last === sent) unsent.delete(id);
  if (isRefused) put(last ?? sent);
  // Another window has answered: offer both. The browser keeps ours: a reload sends it again, to be offered again.
  if (isRefused) Object.assign(question(position), { ticked, refused: (last ?? sent).ticked });
  else if (last === sent && outcome === "rejected") rejected.set(id, sent);
  else if (last === sent) drop(sent);
  // Another window has highlighted while a highlight of this one waited for its note: what is stored stays.
  const mark = kind === "note" && marks && unsent.get(`highlight-${position}`);
  if (mark && !mark.steps.some(([step]) => JSON.stringify(step) === stored) && unsent.delete(mark.id)) drop(mark);
  const isShown = marks && position && (mark || last === sent) && !unsent.has(`highlight-${position}`);
  if (isShown) question(position).marks = marks;
  if (html) Object.assign(question(position), { html, verdict, revealed: true }, ticked && { ticked });
  if (kind !== "visit") tell("change", position ?? exam.position);
}

/** Send what waits, again and again until it is sent; resolves to whether it was. */
export async function flush() {
  do {
    clearTimeout(timer);
    flying ??= send().finally(() => (flying = null));
    await flying;
    const { isClosed, trouble } = connection;
    if (trouble !== OK && !isClosed) timer = setTimeout(flush, RETRY_AFTER_MS);
    if (trouble !== OK || isClosed) return false;
  } while ((connection.isLeaving || isTimeUp()) && unsent.size);
  connection.isLeaving = false;
  if (isTimeUp()) finish();
  schedule();
  return true;
}

function schedule() {
  const waitMs = ({ kind, position }) => WAIT_MS[kind === "answer" ? stateOf(question(position)) : kind] ?? 0;
  const times = [...unsent.values()].map((event) => event.at + waitMs(event));
  clearTimeout(timer);
  if (times.length) timer = setTimeout(flush, Math.min(...times) - serverNow());
}

document.addEventListener("room:queued", () => {
  showConnection(); // no longer "Saved", even before anything is sent
  if (!flying && connection.trouble === OK && !connection.isClosed) schedule(); // else the reply, or the next try, sends it
});
// The time: extra time may have been granted, or the exam is over.
document.addEventListener("room:ask", () => {
  if (!exam.position || connection.isClosed) return;
  visit();
  flush();
});
window.addEventListener("online", () => unsent.size && flush());
window.addEventListener("pagehide", () => {
  if (connection.isClosed || !exam.position || (!unsent.size && secondsNow() === question().seconds)) return;
  visit();
  unsent.forEach((event) => put(event));
  post(batch(), { keepalive: true }).catch(() => {}); // what is not acknowledged stays in this browser
});
window.addEventListener("beforeunload", (event) => {
  const isAway = connection.trouble !== OK || !navigator.onLine;
  if (!connection.isClosed && isAway && exam.position && urgent().length) event.preventDefault();
});
