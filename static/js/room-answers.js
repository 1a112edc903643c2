// Owns the answers of the room. Every save and move of one attempt waits in one queue; the version that the server
// acknowledged goes into the form before the next one leaves (else a tick and a fast Next race); what the server
// does not have yet is kept by room-store.js and sent in order as soon as it answers.

import { say, text, unsay } from "./room-says.js";
import { storeFor } from "./room-store.js";

const SLOW = 400; // ms before "Saving…" is worth a word
const RETRY = 2500; // ms between tries while the server does not answer
const LATE = 1800; // ms after which the page no longer pretends that it will be saved in a moment
const PATIENCE = 8000; // ms after which a request counts as unanswered
const TICK = '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5 6.5 12 13 4.5"/></svg>';
const OK = "ok", AGAIN = "again", OVER = "over";

const room = () => document.getElementById("room");
const field = (name) => room().elements.namedItem(name);
const place = () => Number(room().dataset.position);
const ticked = () => [...room().querySelectorAll('[name="option"]:checked')].map((box) => box.value);
const store = storeFor(room().dataset.attempt, room().dataset.candidate);

const queue = [];
let working = false;
let leaving = false; // the page is being left on purpose
let moving = {}; // what the move under way posts beside the fields of the form

// --- What the candidate is told ---

function state(kind) {
  const save = document.getElementById("save");
  save.classList.toggle("unsaved", kind === "unsaved");
  save.innerHTML = { saved: TICK, saving: "", unsaved: "", none: "" }[kind] + (kind === "none" ? "" : text(kind));
}

function trouble(kind) {
  state("unsaved");
  const signIn = { href: room().dataset.signIn, text: text("signIn") };
  if (kind === "session") say("save", text("session"), { alert: true, link: signIn });
  else if (timeIsUp) say("save", text("lateAway"), { alert: true });
  else if (!store.get(place()) && Object.keys(dirtyNotes()).length) say("save", text("awayNote"), { alert: true });
  else say("save", text(queue.some((job) => job.move) ? "awayMoving" : "away"), { alert: true });
}

function well() {
  unsay("save");
  if (store.positions().length === 0) state(Number(field("version").value) ? "saved" : "none");
}

// --- Visible time on a question ---

let counted = 0;
let since = null;

function count() {
  if (!room()) return; // the exam is over, and another page has taken its place
  const now = performance.now();
  if (since !== null) counted += now - since;
  since = document.visibilityState === "visible" ? now : null;
  field("seconds").value = Math.round(counted / 1000);
}

function arrive() {
  counted = 1000 * Number(field("seconds").value);
  since = document.visibilityState === "visible" ? performance.now() : null;
  document.title = room().dataset.title;
}

// --- One request ---

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];

function verdict(status) {
  if (status === 200 || status === 204) return OK;
  if (status === 401 || status === 404) return "session";
  if (status === 0 || status === 403 || status === 429 || status >= 500) return "away";
  return OVER; // 400, 409: the server has answered, and its page says what
}

async function post(address, body) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      body,
      headers: { "HX-Request": "true", "X-CSRFToken": token() ?? "" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE),
    });
    return { status: answer.status, html: await answer.text() };
  } catch {
    return { status: 0, html: "" };
  }
}

function fields(position) {
  if (position === place()) {
    count();
    const body = new FormData(room());
    return body;
  }
  const entry = store.get(position);
  const body = new FormData();
  for (const bit of entry.ticks) body.append("option", bit);
  body.set("version", entry.version);
  body.set("seconds", entry.seconds);
  return body;
}

async function save({ position, values }) {
  if (position !== place() && !store.get(position)) return OK; // a move has carried it meanwhile
  const form = room();
  const sent = position === place() ? ticked().join() : "";
  const body = fields(position);
  for (const [name, value] of Object.entries({ move: "stay", ...values })) body.set(name, value);
  body.set("csrfmiddlewaretoken", token() ?? "");
  const slow = setTimeout(() => state("saving"), SLOW);
  const late = setTimeout(() => state("unsaved"), LATE);
  const { status, html } = await post(form.action.replace(/\d+\/$/, `${position}/`), body);
  clearTimeout(slow);
  clearTimeout(late);
  const outcome = verdict(status);
  if (outcome !== OK && outcome !== OVER) {
    trouble(outcome);
    return AGAIN;
  }
  if (outcome === OVER) return refused(position, html);
  acknowledged(position, html, sent);
  return OK;
}

function acknowledged(position, html, sent) {
  const answer = new DOMParser().parseFromString(html, "text/html").getElementById("save");
  if (position !== place()) {
    store.take(position);
  } else {
    field("version").value = answer.dataset.version;
    field("marks").value = "";
    for (const name of ["note", "pad"]) {
      delete field(name).dataset.dirty;
      if (answer.dataset[`${name}Version`] === undefined) continue;
      field(`${name}_version`).value = answer.dataset[`${name}Version`];
      field(`${name}_was`).value = answer.dataset[`${name}Was`];
      if (answer.dataset[`${name}Text`] !== undefined) field(name).value = answer.dataset[`${name}Text`];
    }
    if (ticked().join() === sent) store.take(position);
    else keep();
  }
  well();
  if (!store.positions().length) state("saved");
  document.dispatchEvent(new CustomEvent("room:server-time", { detail: Number(answer.dataset.now) }));
}

function refused(position, html) {
  // The server's page is the truth now: an answer from elsewhere was newer, or the exam is over.
  store.take(position);
  const page = new DOMParser().parseFromString(html, "text/html");
  if (!page.getElementById("room")) {
    finished(page);
    return OVER;
  }
  if (position === place()) {
    for (let i = queue.length - 1; i > 0; i -= 1) if (queue[i].move) queue.splice(i, 1); // stay, and see why
    const typed = dirtyNotes();
    room().replaceWith(page.getElementById("room"));
    restoreNotes(typed);
    arrived();
  } else {
    say("other", text("elsewhere", { n: position }), { alert: true });
  }
  state("none");
  return OK;
}

function finished(page) {
  store.clear();
  leaving = true;
  queue.length = 0;
  document.body.className = page.body.className;
  document.body.replaceChildren(...page.body.childNodes);
  document.querySelector("h1")?.setAttribute("tabindex", "-1");
  document.querySelector("h1")?.focus();
}

const dirtyNotes = () =>
  Object.fromEntries(["note", "pad"].map((name) => [name, field(name)]).filter(([, box]) => box.dataset.dirty).map(([name, box]) => [name, box.value]));

function restoreNotes(typed) {
  for (const [name, value] of Object.entries(typed)) field(name).value = value;
  if (Object.keys(typed).length) enqueue({ position: place() });
}

async function move(values) {
  // By htmx, so that fragment, address and redirect are its business.
  const form = room();
  const from = place();
  count();
  const done = new Promise((resolve) => {
    const listen = (event) => {
      if (event.detail.requestConfig?.elt !== form) return; // a swap has taken the form out of the page by now
      document.body.removeEventListener("htmx:afterRequest", listen);
      resolve(event.detail.xhr?.status ?? 0);
    };
    document.body.addEventListener("htmx:afterRequest", listen);
  });
  const question = form.querySelector(".room-question");
  question.inert = true; // a tick made now would belong to the question that is being left
  const csrfmiddlewaretoken = token() ?? "";
  moving = { ...values, csrfmiddlewaretoken };
  htmx.ajax("POST", form.action, { source: form, target: "#room", swap: "outerHTML", values: moving }).catch(() => {});
  const late = setTimeout(() => state("unsaved"), LATE);
  const outcome = verdict(await done);
  clearTimeout(late);
  question.inert = false;
  if (outcome !== OK && outcome !== OVER) {
    trouble(outcome);
    return AGAIN;
  }
  store.take(from);
  if (outcome === OVER && !room()) store.clear();
  else if (outcome === OK && room()) well();
  return OK;
}

// --- The queue ---

async function work() {
  if (working) return;
  working = true;
  while (queue.length && room()) {
    const job = queue[0];
    const outcome = job.move ? await move(job.move) : await save(job);
    if (outcome === AGAIN) await new Promise((wake) => setTimeout(wake, RETRY));
    else queue.shift();
  }
  working = false;
}

export function enqueue(job) {
  // A later save of the same question says all that a waiting one would have said; a move carries the ticks itself.
  const first = working ? 1 : 0;
  const waiting = queue.slice(first);
  if (job.move && !job.move.finish && queue.some((other) => other.move)) return; // the question is being left already
  if (!job.move) {
    const twin = waiting.find((other) => !other.move && other.position === job.position);
    if (twin) {
      twin.values = { ...twin.values, ...job.values };
      return;
    }
  }
  queue.push(job);
  work();
}

function keep() {
  store.put(place(), { ticks: ticked(), version: Number(field("version").value), seconds: Number(field("seconds").value) });
}

// --- What the candidate does ---

function markCell(flagged = room().querySelector('[name="flag"]').value === "off") {
  const cell = room().querySelector('.cell[aria-current="step"]');
  const choose = Number(document.getElementById("pick-hint")?.dataset.choose ?? 1);
  const word = ticked().length === 0 ? "unanswered" : ticked().length < choose ? "incomplete" : "answered";
  cell.classList.remove("unanswered", "incomplete", "answered");
  cell.classList.add(word);
  cell.classList.toggle("flagged", flagged);
  const [name] = cell.getAttribute("aria-label").split(", ");
  cell.setAttribute("aria-label", [name, text(word), ...(flagged ? [text("flagged")] : [])].join(", "));
  const heading = document.getElementById("answered");
  heading.textContent = heading.textContent.replace(/\d+/, room().querySelectorAll(".sheet .cell.answered").length);
}

function hinted(over = false) {
  const hint = document.getElementById("pick-hint");
  if (!hint) return;
  hint.classList.toggle("over", over);
  hint.textContent = text(over ? "over" : "hint", { n: hint.dataset.choose, t: ticked().length });
}

document.addEventListener("change", (event) => {
  if (event.target.name !== "option" || event.target.form !== room()) return;
  const choose = Number(document.getElementById("pick-hint")?.dataset.choose ?? 0);
  if (choose && ticked().length > choose) {
    event.target.checked = false;
    hinted(true);
    return;
  }
  hinted();
  markCell();
  changed();
  enqueue({ position: place() });
});

function changed() {
  // Before anything is sent, what the page says of itself is no longer "Saved".
  state("none");
  count();
  keep();
}

// What stays on the page is drawn at once and saved without a new page; only what leaves the question is a move.
const STAYING = {
  flag(button) {
    const on = button.value === "on";
    button.setAttribute("aria-pressed", String(on));
    button.value = on ? "off" : "on";
    markCell(on);
    return { flag: on ? "on" : "off" };
  },
  strike(button) {
    const option = button.closest(".option");
    const struck = option.classList.toggle("struck");
    button.setAttribute("aria-pressed", String(struck));
    const label = option.querySelector(".option-text .visually-hidden");
    label.textContent = text(struck ? "struckLabel" : "plainLabel", { l: option.querySelector(".bubble").textContent });
    const bits = [...room().querySelectorAll(".option.struck [name=option]")].map((box) => Number(box.value));
    return { strike: bits.reduce((mask, bit) => mask + 2 ** bit, 0) };
  },
  clear() {
    for (const box of room().querySelectorAll('[name="option"]')) box.checked = false;
    hinted();
    markCell();
    changed();
    return {};
  },
  tools: (button) => ({ tools: button.value }),
};

document.addEventListener("submit", (event) => {
  if (event.target !== room() || !room().dataset.attempt) return;
  event.preventDefault();
  const button = event.submitter;
  if (button && STAYING[button.name]) enqueue({ position: place(), values: STAYING[button.name](button) });
  else if (!button || button.value === "stay") enqueue({ position: place() });
  else enqueue({ move: { [button.name]: button.value } });
});

let timeIsUp = false;
document.addEventListener("room:time-up", () => {
  timeIsUp = true;
  enqueue({ move: { finish: "time" } });
});

function arrived() {
  arrive();
  const refusal = room().querySelector('.room-question [role="alert"]');
  if (Number(field("version").value) && !store.get(place()) && !refusal) state("saved");
  else state("none");
  room().querySelector("h1").focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("room:question"));
}

document.body.addEventListener("htmx:configRequest", (event) => {
  // htmx adds the button that was clicked last, which may be another one than this move's.
  if (event.detail.elt !== room()) return;
  for (const name of ["flag", "strike", "clear", "tools", "move", "go", "finish"]) {
    if (!(name in moving)) event.detail.parameters.delete?.(name);
  }
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  // What is no answer of the room (signed out, too many requests) must not take its place; trouble() says it.
  const outcome = verdict(event.detail.xhr.status);
  if (event.detail.requestConfig?.elt?.id === "room" && outcome !== OK && outcome !== OVER) event.detail.shouldSwap = false;
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig?.elt?.id !== "room" || !room()) return;
  window.scrollTo(0, 0);
  arrived();
});

document.addEventListener("visibilitychange", count);
window.addEventListener("online", () => work());
window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // never an old page from the cache
window.addEventListener("beforeunload", (event) => {
  if (!leaving && room() && (store.positions().length || Object.keys(dirtyNotes()).length)) event.preventDefault();
});

// --- After a reload or a crash: what was not sent goes first, in its order ---

function replay() {
  for (const position of store.positions()) {
    const entry = store.get(position);
    if (position === place()) {
      if (entry.version === Number(field("version").value)) {
        for (const box of room().querySelectorAll('[name="option"]')) box.checked = entry.ticks.includes(box.value);
        markCell();
      } else if (entry.ticks.join() === ticked().join()) {
        store.take(position);
        continue;
      } else {
        store.take(position); // another page has answered it since; this one shows that answer
        say("other", text("elsewhere", { n: position }), { alert: true });
        continue;
      }
    }
    enqueue({ position });
  }
}

arrive();
replay();
