// Send what the candidate has done, and put the replies into the state. A click is sent at once when nothing is on its
// way: a complete answer, a flag, a strike-out; what was done meanwhile goes together when the reply is here. An answer
// that lacks ticks waits for them for a moment, texts for a pause in typing, highlights for the next one. Visits wait for
// the next click, for half a minute, or for the end of the page. While the server does not respond, the same changes are
// sent again; none changes anything twice.

import { OK, connection, showConnection, urgent } from "./room-banner.js";
import { isTimeUp, serverNow, synchronize } from "./room-clock.js";
import { showMessage } from "./room-messages.js";
import { exam, maskOf, question, stateOf, tell, unsent, versioned, visit } from "./room-state.js";
import { clear, drop } from "./room-store.js";

const TIMEOUT_MS = 8000; // then a request counts as unanswered
const UNSAVED_AFTER_MS = 1800; // then the answer is shown as not saved
const RETRY_AFTER_MS = 2500; // between tries while the server does not respond
const INCOMPLETE_MS = 1500; // since the last tick
const WAIT_MS = { visit: 30_000, highlight: 2000, note: 900, scratchpad: 900 };
const PROTOCOL = 1;
const MAX_EVENTS = 500;
const MAX_BYTES = 60_000; // what `keepalive` lets pass
// Why a request was not answered: the browser has no session; it has ended, so that only signing in helps; the disk of
// the server is full. Anything else is no response, or an error that will pass, as that of a CSRF cookie of before.
const TROUBLE = { 401: "ended", 404: "session", 507: "full" };

const room = document.getElementById("room");
const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
let flying = null; // the promise of the running request
let timer = 0;

const asSent = ({ at, until: _until, ...event }) => ({
  ...event,
  version: versioned(event).version, // a change before this one may have been stored meanwhile
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

async function send() {
  const events = batch();
  const slow = setTimeout(showConnection, UNSAVED_AFTER_MS, { isSlow: true });
  try {
    const response = await post(events, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 200) take(events, await response.json());
    else if ([409, 423].includes(response.status)) end(await response.json());
    else if (response.status === 410) end({ page: await response.text() });
    else connection.trouble = TROUBLE[response.status] ?? "away";
  } catch {
    connection.trouble = "away";
  }
  clearTimeout(slow);
  showConnection({ isSlow: false });
}

/** Nothing more is sent: show why. An exam that is over may be reopened for the answers that came too late. */
function end({ status, page, message, stands }) {
  connection.isClosed = true;
  if (page || status) clear(status && "answer");
  if (page) show(new DOMParser().parseFromString(page, "text/html"));
  else if (message && !stands) showMessage("save", message); // another release: a reload sends what waits
  else location.assign(room.dataset.home); // that page says why
}

function show({ title, body }) {
  document.title = title;
  document.body.replaceWith(body);
  const heading = document.querySelector("h1");
  heading.setAttribute("tabindex", "-1");
  heading.focus();
}

export function finish() {
  room.elements.csrfmiddlewaretoken.value = csrfToken();
  room.requestSubmit(document.getElementById("end"));
}

function take(events, reply) {
  if (reply.status !== "open" || reply.events.some(({ outcome }) => ["late", "closed"].includes(outcome))) {
    end(reply);
    return;
  }
  connection.trouble = OK;
  synchronize(reply.now, reply.deadline);
  for (const [place, each] of reply.events.entries()) settle(events[place], each);
  for (const other of reply.changed) {
    if (urgent().some((event) => event.position === other.position)) continue;
    Object.assign(question(other.position), other);
    tell("change", other.position);
  }
  const refused = reply.events.findLast(({ outcome, message }) => outcome === "refused" && message);
  if (refused) showMessage("other", refused.message);
}

/** Take the reply to a change. `sent` is the event as it was sent; a later act may have replaced it since. */
function settle(sent, { outcome, version, ticked, text, html, verdict }) {
  const { id, kind, position, steps = [] } = sent;
  const last = unsent.get(id);
  const isOutdated = outcome === "outdated";
  if (version !== undefined && !(isOutdated && last !== sent)) versioned(sent).version = version;
  // If an acknowledgement was lost, what is stored is a step of this very answer: go on from there.
  if (isOutdated && steps.some(([mask]) => mask === maskOf(ticked))) return;
  const isRefused = isOutdated && kind === "answer";
  if (isRefused || last === sent) unsent.delete(id);
  // Another window has answered: offer both. The browser keeps ours: a reload sends it again, to be offered again.
  if (isRefused) Object.assign(question(position), { ticked, refused: (last ?? sent).ticked });
  else if (last === sent) drop(id);
  else if (last && steps.length) last.steps = last.steps.slice(steps.length);
  if (isOutdated && last === sent && text !== undefined) versioned(sent).text = text;
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
  const times = [...unsent.values()].map(({ kind, position, ticked, at }) => {
    const isIncomplete = kind === "answer" && stateOf({ ...question(position), ticked }) === "incomplete";
    return at + (isIncomplete ? INCOMPLETE_MS : (WAIT_MS[kind] ?? 0));
  });
  clearTimeout(timer);
  if (times.length) timer = setTimeout(flush, Math.min(...times) - serverNow());
}

document.addEventListener("room:queued", () => {
  showConnection(); // no longer "Saved", even before anything is sent
  if (!flying && connection.trouble === OK) schedule(); // else the reply, or the next try, sends it
});
// The time: extra time may have been granted, or the exam is over.
document.addEventListener("room:ask", () => {
  if (!exam.position || connection.isClosed) return;
  visit();
  flush();
});
window.addEventListener("online", () => unsent.size && flush());
window.addEventListener("pagehide", () => {
  if (connection.isClosed || !unsent.size) return;
  visit();
  post(batch(), { keepalive: true }).catch(() => {}); // what is not acknowledged stays in this browser
});
window.addEventListener("beforeunload", (event) => {
  const isAway = connection.trouble !== OK || !navigator.onLine;
  if (!connection.isClosed && isAway && urgent().length) event.preventDefault();
});
