// The answers of the room. All saves and moves of one attempt wait in one queue (room-queue.js). The acknowledged
// version is put into the form before the next job is sent; otherwise a tick and a fast Next would race. room-store.js
// stores answers that the server does not have yet; they are sent in order as soon as it responds.

import { hideMessage, showMessage, text } from "./room-messages.js";
import {
  ANSWERED,
  FULL,
  OK,
  SIGNED_OUT,
  csrfToken,
  isAnswered,
  move as postMove,
  outcomeOf,
  parseAcknowledgement,
  parsePage,
  post,
} from "./room-protocol.js";
import { DONE, RETRY, createQueue } from "./room-queue.js";
import { hint, markCell } from "./room-sheet.js";
import { storeFor } from "./room-store.js";
import { countVisibleTime, restartVisibleTime } from "./room-timing.js";

const SAVING_AFTER_MS = 400; // then "Saving…" is shown
const UNSAVED_AFTER_MS = 1800; // then the answer is shown as not saved
const RETRY_AFTER_MS = 2500; // between tries while the server does not respond
const CHECK_MARK = '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5 6.5 12 13 4.5"/></svg>';

const room = () => document.getElementById("room");
const field = (name) => room().elements.namedItem(name);
const position = () => Number(room().dataset.position);
const ticks = () => [...room().querySelectorAll('[name="option"]:checked')].map((box) => box.value);
const store = storeFor(room().dataset.attempt, room().dataset.candidate);
const queue = createQueue({
  save,
  move,
  pause: () => new Promise((wake) => setTimeout(wake, RETRY_AFTER_MS)),
  active: () => Boolean(room()),
});

export const enqueue = queue.enqueue;

let leaving = false; // do not ask before the page is left
let timeIsUp = false;
let moveValues = {}; // posted by the running move in addition to the form fields

// --- Messages and the save state ---

function showState(state) {
  const box = document.getElementById("save");
  box.classList.toggle("unsaved", state === "unsaved");
  box.innerHTML = state === "saved" ? CHECK_MARK : "";
  if (state !== "none") box.append(text(state));
}

function showTrouble(outcome) {
  showState("unsaved");
  const signIn = { href: room().dataset.signIn, text: text("signIn") };
  const show = (name, link) => showMessage("save", text(name), { alert: true, link });
  if (outcome === SIGNED_OUT) show("session", signIn);
  else if (timeIsUp) show("lateAway");
  else if (!store.get(position()) && Object.keys(editedNotes()).length) show("awayNote");
  else if (outcome === FULL) show("full");
  else show(queue.hasMove() ? "awayMoving" : "away");
}

function showWell() {
  hideMessage("save");
  if (store.positions().length === 0) showState(Number(field("version").value) ? "saved" : "none");
}

// --- A save ---

function bodyFor(saved) {
  if (saved === position()) {
    countVisibleTime();
    return new FormData(room());
  }
  const entry = store.get(saved);
  const body = new FormData();
  for (const bit of entry.ticks) body.append("option", bit);
  body.set("version", entry.version);
  body.set("seconds", entry.seconds);
  return body;
}

async function save({ position: saved, values }) {
  if (saved !== position() && !store.get(saved)) return DONE; // a move has sent it already
  const sent = saved === position() ? ticks().join() : "";
  const body = bodyFor(saved);
  for (const [name, value] of Object.entries({ move: "stay", ...values })) body.set(name, value);
  body.set("csrfmiddlewaretoken", csrfToken());
  const saving = setTimeout(() => showState("saving"), SAVING_AFTER_MS);
  const unsaved = setTimeout(() => showState("unsaved"), UNSAVED_AFTER_MS);
  const { outcome, html } = await post(room().action.replace(/\d+\/$/, `${saved}/`), body);
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
  if (saved !== position()) {
    store.take(saved);
  } else {
    field("version").value = answer.version;
    field("marks").value = "";
    for (const name of ["note", "pad"]) {
      delete field(name).dataset.dirty;
      if (answer[`${name}Version`] === undefined) continue;
      field(`${name}_version`).value = answer[`${name}Version`];
      field(`${name}_was`).value = answer[`${name}Was`];
      if (answer[`${name}Text`] !== undefined) field(name).value = answer[`${name}Text`];
    }
    if (ticks().join() === sent) store.take(saved);
    else keepAnswer();
  }
  showWell();
  if (!store.positions().length) showState("saved");
  document.dispatchEvent(new CustomEvent("room:server-time", { detail: Number(answer.now) }));
}

function showRefusal(saved, html) {
  // Show the page of the server: another window saved a newer answer, or the exam is over.
  const page = parsePage(html);
  if (!page.getElementById("room")) {
    showEnd(page);
    return;
  }
  if (saved === position()) {
    store.take(saved); // the page of the server offers the refused answer
    queue.dropWaitingMoves(); // stay, to show the reason
    const notes = editedNotes();
    room().replaceWith(page.getElementById("room"));
    restoreNotes(notes);
    questionShown();
  } else {
    store.refuse(saved); // kept until the candidate opens this question and chooses
    showMessage("other", text("elsewhere", { n: saved }), { alert: true });
  }
  showState("none");
}

function showEnd(page) {
  store.clear();
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
  for (const [name, value] of Object.entries(notes)) field(name).value = value;
  if (Object.keys(notes).length) enqueue({ position: position() });
}

function keepAnswer() {
  store.put(position(), {
    ticks: ticks(),
    version: Number(field("version").value),
    seconds: Number(field("seconds").value),
  });
}

// --- A move ---

async function move(values) {
  const form = room();
  const from = position();
  countVisibleTime();
  const question = form.querySelector(".room-question");
  question.inert = true; // a tick made now would be lost with the question that is being left
  moveValues = { ...values, csrfmiddlewaretoken: csrfToken() };
  const unsaved = setTimeout(() => showState("unsaved"), UNSAVED_AFTER_MS);
  const outcome = await postMove(form, moveValues);
  clearTimeout(unsaved);
  question.inert = false;
  if (!isAnswered(outcome)) {
    showTrouble(outcome);
    return RETRY;
  }
  store.take(from);
  if (outcome === ANSWERED && !room()) store.clear();
  else if (outcome === OK && room()) showWell();
  return DONE;
}

// --- What the candidate does ---

function showTicks(ticked) {
  for (const box of room().querySelectorAll('[name="option"]')) box.checked = ticked.includes(box);
  hint();
}

function answerChanged() {
  // The state is no longer "Saved", even before anything is sent.
  markCell();
  showState("none");
  countVisibleTime();
  keepAnswer();
}

document.addEventListener("change", (event) => {
  if (event.target.name !== "option" || event.target.form !== room()) return;
  const choose = Number(document.getElementById("pick-hint")?.dataset.choose ?? 0);
  if (choose && ticks().length > choose) {
    event.target.checked = false;
    hint({ over: true });
    return;
  }
  hint();
  answerChanged();
  const struck = event.target.checked && event.target.closest(".option.struck");
  enqueue({ position: position(), values: struck ? toggleStrike(struck) : {} });
});

function toggleStrike(option) {
  const struck = option.classList.toggle("struck");
  option.querySelector(".strike").setAttribute("aria-pressed", String(struck));
  const label = option.querySelector(".option-text .visually-hidden");
  label.textContent = text(struck ? "struckLabel" : "plainLabel", { l: option.querySelector(".bubble").textContent });
  const bits = [...room().querySelectorAll(".option.struck [name=option]")].map((box) => Number(box.value));
  return { strike: bits.reduce((mask, bit) => mask + 2 ** bit, 0) };
}

// Changes on the page are drawn immediately and saved in the background; only leaving the question is a move.
const STAYING = {
  flag(button) {
    const on = button.value === "on";
    button.setAttribute("aria-pressed", String(on));
    button.value = on ? "off" : "on";
    markCell({ flagged: on });
    return { flag: on ? "on" : "off" };
  },
  strike: (button) => toggleStrike(button.closest(".option")),
  use(button) {
    showTicks([...room().querySelectorAll('[name="option"]')].filter((box) => Number(button.value) & (1 << box.value)));
    button.closest(".note").remove();
    answerChanged();
    return {};
  },
  clear() {
    showTicks([]);
    answerChanged();
    return {};
  },
  tools: (button) => ({ tools: button.value }),
};

document.addEventListener("submit", (event) => {
  if (event.target !== room() || !room().dataset.attempt) return;
  event.preventDefault();
  const button = event.submitter;
  if (button && STAYING[button.name]) enqueue({ position: position(), values: STAYING[button.name](button) });
  else if (!button || button.value === "stay") enqueue({ position: position() });
  else enqueue({ move: { [button.name]: button.value } });
});

document.addEventListener("room:time-up", () => {
  timeIsUp = true;
  enqueue({ move: { finish: "time" } });
});

// --- A new question on the page ---

function questionShown() {
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
  window.scrollTo(0, 0);
  questionShown();
});

window.addEventListener("online", () => queue.work());
window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // not from an outdated cache
window.addEventListener("beforeunload", (event) => {
  const pending = store.positions().length || (room() && Object.keys(editedNotes()).length);
  if (!leaving && room() && pending) event.preventDefault();
});

// --- After a reload or a crash: send what was not sent, in its order ---

function send(stored) {
  const entry = store.get(stored);
  if (stored === position() && entry.ticks.join() === ticks().join()) {
    store.take(stored);
    return;
  }
  if (stored === position()) {
    // With its own version: if another window has saved a newer answer, the server refuses and shows both.
    field("version").value = entry.version;
    showTicks([...room().querySelectorAll('[name="option"]')].filter((box) => entry.ticks.includes(box.value)));
    markCell();
  }
  enqueue({ position: stored });
}

restartVisibleTime();
document.title = room().dataset.title;
for (const stored of store.positions()) send(stored);
if (store.get(position())?.refused) send(position());
