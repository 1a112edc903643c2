// The answers of the room. All saves and moves of one attempt wait in one queue (room-queue.js). The acknowledged
// version is put into the form before the next job is sent; otherwise a tick and a fast Next would race. room-store.js
// stores answers that the server does not have yet; they are sent in order as soon as it responds.

import { hideMessage, showMessage, text } from "./room-messages.js";
import * as papers from "./room-papers.js";
import {
  ANSWERED,
  FULL,
  OK,
  SESSION_ENDED,
  csrfToken,
  isAnswered,
  isSignedOut,
  move as postMove,
  outcomeOf,
  parseAcknowledgement,
  parsePage,
  post,
} from "./room-protocol.js";
import { DONE, RETRY, createQueue } from "./room-queue.js";
import { hint, markCell, refreshCells, refreshSheet, showVerdict } from "./room-sheet.js";
import { storeFor } from "./room-store.js";
import { countVisibleTime, restartVisibleTime } from "./room-timing.js";

const SAVING_AFTER_MS = 400; // then "Saving…" is shown
const UNSAVED_AFTER_MS = 1800; // then the answer is shown as not saved
const RETRY_AFTER_MS = 2500; // between tries while the server does not respond
const CHECK_MARK = '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5 6.5 12 13 4.5"/></svg>';

export const room = () => document.getElementById("room");
const field = (name) => room().elements.namedItem(name);
export const position = () => Number(room().dataset.position);
const formOf = (shown) => (shown === position() ? room() : papers.paper(shown));
export const ticks = (form = room()) => [...form.querySelectorAll('[name="option"]:checked')].map((box) => box.value);
const isDown = () => trouble !== OK || !navigator.onLine;
const store = storeFor(room().dataset.attempt, room().dataset.candidate);
const queue = createQueue({
  save,
  leave,
  move,
  pause: () => new Promise((wake) => setTimeout(wake, RETRY_AFTER_MS)),
  active: () => Boolean(room()),
});
export const enqueue = queue.enqueue;

let leaving = false; // do not ask before the page is left
let timeIsUp = false;
let trouble = OK; // the last outcome, if the server did not answer
let sheetTime; // what the clock of the server showed when it sent the answer sheet, or last its changes
let moveValues = {}; // posted by the running move in addition to the form fields

// --- Messages and the save state ---

export function showState(state, words = state) {
  const box = document.getElementById("save");
  box.classList.toggle("unsaved", state === "unsaved");
  box.innerHTML = state === "saved" ? CHECK_MARK : "";
  if (state !== "none") box.append(text(words));
}

function showTrouble(outcome) {
  trouble = outcome;
  const waiting = queue.takeMove();
  if (waiting) go(waiting); // its question may be in memory
  showState("unsaved", isSignedOut(outcome) ? "unsavedUntilSignIn" : "unsaved");
  const signIn = { href: room().dataset[outcome === SESSION_ENDED ? "logIn" : "signIn"], text: text("signIn") };
  const show = (name, link) => showMessage("save", text(name), { alert: true, link });
  if (isSignedOut(outcome)) show("session", signIn);
  else if (timeIsUp) show("lateAway");
  else if (papers.haveEditedNote() || (!store.get(position()) && Object.keys(editedNotes()).length)) show("awayNote");
  else if (outcome === FULL) show("full");
  else if (!queue.hasMove()) show("away");
  else show(queue.waitingMove().move === "check" || queue.waitingMove().sure ? "awayCheck" : "awayMoving");
}

function showWell() {
  trouble = OK;
  hideMessage("save");
  if (store.positions().length === 0) showState(Number(field("version").value) ? "saved" : "none");
}

// --- A save ---

function bodyFor(saved, values) {
  if (saved === position()) countVisibleTime();
  const body = new FormData(formOf(saved));
  if (!formOf(saved)) {
    const entry = store.get(saved); // from before a reload
    for (const bit of entry.ticks) body.append("option", bit);
    body.set("version", entry.version);
    body.set("seconds", entry.seconds);
  }
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  body.set("unsent", store.answers()); // said if they are too late
  body.set("csrfmiddlewaretoken", csrfToken());
  return body;
}

const addressOf = (shown) => room().action.replace(/\d+\/$/, `${shown}/`);

async function save({ position: saved, values }) {
  const form = formOf(saved);
  if (!form && !store.get(saved)) return DONE; // a move has sent it already
  const sent = form ? ticks(form).join() : "";
  const body = bodyFor(saved, { move: "stay", ...values });
  const saving = setTimeout(() => showState("saving"), SAVING_AFTER_MS);
  const unsaved = setTimeout(() => showState("unsaved"), UNSAVED_AFTER_MS);
  const { outcome, html } = await post(addressOf(saved), body);
  clearTimeout(saving);
  clearTimeout(unsaved);
  if (!isAnswered(outcome)) {
    showTrouble(outcome);
    return RETRY;
  }
  if (outcome === ANSWERED) showRefusal(saved, html);
  else acknowledge(saved, parseAcknowledgement(html), sent);
  return DONE;
}

function acknowledge(saved, answer, sent) {
  const form = formOf(saved);
  if (!form) {
    store.take(saved);
  } else {
    const fields = form.elements;
    fields.namedItem("version").value = answer.version;
    fields.namedItem("marks").value = "";
    for (const name of ["note", "pad"]) {
      const note = fields.namedItem(name);
      if (!note) continue; // the scratchpad is on the page alone
      delete note.dataset.dirty;
      if (answer[`${name}Version`] === undefined) continue;
      fields.namedItem(`${name}_version`).value = answer[`${name}Version`];
      fields.namedItem(`${name}_was`).value = answer[`${name}Was`];
      if (answer[`${name}Text`] !== undefined) note.value = answer[`${name}Text`];
    }
    stored(saved, sent);
  }
  showWell();
  if (!store.positions().length) showState("saved");
  document.dispatchEvent(new CustomEvent("room:server-time", { detail: Number(answer.now) }));
}

function stored(saved, sent) {
  const form = formOf(saved);
  if (saved !== position() && queue.isLeaving(saved)) {
    store.see(saved, form.elements.namedItem("version").value); // the server has yet to learn that it was left
    return;
  }
  if (!form || ticks(form).join() === sent) store.take(saved);
  else if (saved === position()) keepAnswer();
}

function showRefusal(saved, html) {
  // Show the page of the server: another window saved a newer answer, or the exam is over.
  trouble = OK;
  const page = parsePage(html);
  if (!page.getElementById("room")) {
    if (seatOf(page) === "stored") store.take(saved);
    showEnd(page);
    return;
  }
  if (saved === position()) {
    store.take(saved); // the page of the server offers the refused answer
    queue.dropWaitingMoves(); // stay, to show the reason
    const notes = editedNotes();
    showPage(page.getElementById("room"));
    restoreNotes(notes);
  } else if (store.get(saved)?.seen) {
    papers.drop(saved); // nothing to store: the other window has shown it
    store.take(saved);
  } else {
    papers.drop(saved); // the server has another state
    store.refuse(saved); // kept until the candidate opens this question and chooses
    showMessage("other", text("elsewhere", { n: saved }), { alert: true });
  }
  showState("none");
}

// Another browser writes this exam of a class: "stored" if this was the last request that is taken from here.
const seatOf = (page) => page.querySelector("[data-seat]")?.dataset.seat;

function showEnd(page) {
  if (!seatOf(page)) store.clear(); // else they are sent if the candidate continues here
  leaving = true;
  queue.clear();
  document.body.className = page.body.className;
  document.body.replaceChildren(...page.body.childNodes);
  document.querySelector("h1")?.setAttribute("tabindex", "-1");
  document.querySelector("h1")?.focus();
}

const editedNotes = () =>
  Object.fromEntries(
    ["note", "pad"].filter((name) => field(name).dataset.dirty).map((name) => [name, field(name).value]),
  );

function restoreNotes(notes) {
  // The server has stored the notes that came with the refused answer, but not what was typed since.
  const newer = Object.entries(notes).filter(([name, value]) => !field(name).value.includes(value));
  for (const [name, value] of newer) field(name).value = value;
  if (newer.length) enqueue({ position: position() });
}

export function keepAnswer(more = {}) {
  store.put(position(), {
    ticks: ticks(),
    version: Number(field("version").value),
    seconds: Number(field("seconds").value),
    ...more,
  });
}

function showPage(form) {
  room().replaceWith(form);
  questionShown();
}

// --- A question from memory ---

export function go(values, { again = false } = {}) {
  const target = targetOf(values);
  if (again && queue.isLeaving() && !isDown()) return; // a double click leaves one question
  // A save that is on its way may be refused. Then the question stays, to show the reason.
  const waits = queue.isBusy() && !isDown();
  if (!waits && !queue.hasMove() && canShow(target)) showFromMemory(target);
  else enqueue({ move: values });
}

function targetOf({ move: direction, go: target }) {
  if (target) return Number(target);
  // Under a filter only the server knows where Next leads.
  const step = field("show").value === "all" ? { next: 1, previous: -1 }[direction] : 0;
  return step ? position() + step : 0;
}

// The question that came ahead is new. Others may have changed in another window, so the server is asked if it responds.
const canShow = (target) =>
  !timeIsUp && !isSignedOut(trouble) && (papers.isAhead(target) || (papers.paper(target) && isDown()));

function showFromMemory(target) {
  const from = position();
  countVisibleTime();
  if (field("note").dataset.dirty) enqueue({ position: from });
  if (!store.get(from)) keepAnswer({ seen: true });
  const shown = papers.isAhead(target) ? { shown: sheetTime } : {}; // the server need not send it again
  papers.show(target);
  history.pushState({ htmx: true }, "", addressOf(target));
  window.scrollTo(0, 0);
  questionShown();
  if (isDown()) showState("unsaved");
  enqueue({ leave: from, values: { go: target, ...shown } });
}

async function leave({ leave: left, values }) {
  if (left === position()) {
    if (store.get(left)?.seen) store.take(left); // the candidate came back, and will leave it again
    return DONE;
  }
  const form = formOf(left);
  if (store.get(left)?.refused || (!form && !store.get(left))) return DONE;
  const sent = form ? ticks(form).join() : "";
  const unsaved = setTimeout(() => showState("unsaved"), UNSAVED_AFTER_MS);
  const { outcome, html } = await post(addressOf(left), bodyFor(left, values));
  clearTimeout(unsaved);
  if (!isAnswered(outcome)) {
    showTrouble(outcome);
    return RETRY;
  }
  if (outcome === ANSWERED) {
    showRefusal(left, html);
    return DONE;
  }
  if (!form || ticks(form).join() === sent) store.take(left);
  showWell();
  compare(parsePage(html).getElementById("room"));
  return DONE;
}

function compare(form) {
  // What belongs to the question that was shown from memory: the one after it, and the cells that have changed; or, if
  // another window has opened it, the question itself with all cells.
  if (!form) return; // the time is over
  document.dispatchEvent(new CustomEvent("room:server-time", { detail: Number(form.dataset.now) }));
  papers.keepAhead(form);
  if (Number(form.dataset.position) !== position() || store.positions().length) return;
  if (!form.querySelector(".room-question")) {
    refreshCells(form.querySelectorAll(".changed .cell"));
    sheetTime = form.dataset.now;
    return;
  }
  const isOutdated = ["version", "note_version", "unchanged"].some(
    (name) => form.elements.namedItem(name)?.value !== field(name)?.value,
  );
  if (isOutdated && !Object.keys(editedNotes()).length) showPage(form); // another window has changed it
  else refreshSheet(form.querySelector(".sheet"));
}

// --- A move ---

async function move(values) {
  if (canShow(targetOf(values))) {
    showFromMemory(targetOf(values));
    return DONE;
  }
  const form = room();
  const from = position();
  countVisibleTime();
  const question = form.querySelector(".room-question");
  question.inert = true; // a tick made now would be lost with the question that is being left
  moveValues = { ...values, unsent: store.answers(), csrfmiddlewaretoken: csrfToken() };
  const unsaved = setTimeout(() => showState("unsaved"), UNSAVED_AFTER_MS);
  const outcome = await postMove(form, moveValues);
  clearTimeout(unsaved);
  question.inert = false;
  if (!isAnswered(outcome)) {
    showTrouble(outcome);
    if (!canShow(targetOf(values))) return RETRY;
    showFromMemory(targetOf(values));
    return DONE;
  }
  if (seatOf(document) !== "taken") store.take(from);
  if (outcome === ANSWERED && !room() && !seatOf(document)) store.clear();
  else if (outcome === OK && room()) showWell();
  return DONE;
}

export function showTicks(ticked) {
  for (const box of room().querySelectorAll('[name="option"]')) box.checked = ticked.includes(box);
  hint();
}

document.addEventListener("room:over", () => {
  // Answers that are still waiting learn from the server that they are too late.
  if (store.positions().length) queue.work();
  else location.assign(room().dataset.home);
});

document.addEventListener("room:time-up", () => {
  timeIsUp = true;
  enqueue({ move: { finish: "time" } });
});

// --- A new question on the page ---

function questionShown() {
  papers.drop(position());
  papers.keepAhead(room());
  sheetTime = room().dataset.now ?? sheetTime;
  restartVisibleTime();
  document.title = room().dataset.title;
  const refusal = room().querySelector('.room-question [role="alert"]');
  showState(Number(field("version").value) && !store.get(position()) && !refusal ? "saved" : "none");
  const sure = room().querySelector(".sure legend"); // study mode asks how sure the candidate is
  sure?.scrollIntoView({ block: "center" });
  (sure ?? room().querySelector("h1")).focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("room:question"));
  if (store.get(position())?.refused) send(position());
}

document.body.addEventListener("htmx:configRequest", (event) => {
  // htmx adds the button that was clicked last, which may belong to another move.
  if (event.detail.elt !== room()) return;
  for (const name of ["flag", "strike", "clear", "use", "tools", "move", "go", "sure", "finish"]) {
    if (!(name in moveValues)) event.detail.parameters.delete?.(name);
  }
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  // Other pages (sign-in, too many requests) must not replace the room; showTrouble() reports them.
  const outcome = outcomeOf(event.detail.xhr.status);
  if (event.detail.requestConfig?.elt?.id === "room" && !isAnswered(outcome)) event.detail.shouldSwap = false;
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig?.elt?.id !== "room" || !room()) return;
  papers.keep(event.detail.requestConfig.elt);
  window.scrollTo(0, 0);
  questionShown();
  if ("sure" in moveValues) showVerdict();
});

window.addEventListener("online", () => queue.work());
window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // not from an outdated cache
window.addEventListener("beforeunload", (event) => {
  const pending =
    store.positions().some((shown) => !store.get(shown).seen) ||
    papers.haveEditedNote() ||
    (room() && Object.keys(editedNotes()).length);
  if (!leaving && room() && pending) event.preventDefault();
});

// --- After a reload or a crash: send what was not sent, in its order ---

function send(place) {
  const entry = store.get(place);
  if (place !== position()) {
    enqueue(entry.seen ? { leave: place, values: { go: position() } } : { position: place });
  } else if (entry.ticks.join() === ticks().join()) {
    store.take(place);
  } else {
    // With its own version: if another window has saved a newer answer, the server refuses and shows both.
    field("version").value = entry.version;
    showTicks([...room().querySelectorAll('[name="option"]')].filter((box) => entry.ticks.includes(box.value)));
    markCell();
    enqueue({ position: place });
  }
}

restartVisibleTime();
sheetTime = room().dataset.now;
document.title = room().dataset.title;
for (const place of store.positions()) send(place);
if (store.get(position())?.refused) send(position());
