// Owns the answers of the room: every save and move of one attempt waits in one queue, and the version that the
// server acknowledged goes into the form before the next one leaves. Without this a tick and a fast Next race.

const SLOW = 400; // ms before "Saving…" is worth a word
const RETRY = 3000; // ms between tries while the server does not answer
const TICK = '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5 6.5 12 13 4.5"/></svg>';

const queue = [];
let working = false;
let shownAt = performance.now();
let secondsBefore = 0;

const room = () => document.getElementById("room");
const field = (name) => room().elements.namedItem(name);
const ticked = (form) => [...form.querySelectorAll('[name="option"]:checked')].map((box) => box.value);

function state(kind, text) {
  const save = document.getElementById("save");
  if (!save) return;
  save.classList.toggle("unsaved", kind === "unsaved");
  save.setAttribute("role", kind === "unsaved" ? "alert" : "status");
  save.innerHTML = kind === "saved" ? TICK + text : text;
}

function countSeconds() {
  if (document.visibilityState === "visible") secondsBefore += (performance.now() - shownAt) / 1000;
  shownAt = performance.now();
  field("seconds").value = Math.round(secondsBefore);
}

function arrive() {
  // A new question is on the page: its own count of seconds begins, and the reader is taken to its heading.
  shownAt = performance.now();
  secondsBefore = Number(field("seconds").value);
  document.title = room().dataset.title;
}

function markCell() {
  const cell = room().querySelector('.cell[aria-current="step"]');
  if (!cell) return;
  const count = ticked(room()).length;
  const choose = Number(document.getElementById("pick-hint")?.dataset.choose ?? 1);
  const word = count === 0 ? "unanswered" : count < choose ? "incomplete" : "answered";
  cell.classList.remove("unanswered", "incomplete", "answered");
  cell.classList.add(word);
  const label = cell.getAttribute("aria-label").split(", ");
  label[1] = room().dataset[word];
  cell.setAttribute("aria-label", label.join(", "));
  const heading = document.getElementById("answered");
  const answered = room().querySelectorAll(".cell.answered").length - room().querySelectorAll(".legend .answered").length;
  heading.textContent = heading.textContent.replace(/\d+/, answered);
}

// One request, by htmx so that fragments, addresses and redirects are its business. Resolves with the HTTP
// status, or 0 when no answer came.
function post(values) {
  countSeconds();
  const form = room();
  return new Promise((resolve) => {
    const done = (event) => {
      if (event.detail.requestConfig?.elt !== form) return; // a swap has taken the form out of the page by now
      document.body.removeEventListener("htmx:afterRequest", done);
      resolve(event.detail.xhr?.status ?? 0);
    };
    document.body.addEventListener("htmx:afterRequest", done);
    const quiet = values.move === "stay";
    htmx.ajax("POST", form.action, {
      source: form,
      target: quiet ? "#save" : "#room",
      swap: quiet ? "none" : "outerHTML",
      values,
    }).catch(() => {});
  });
}

async function save() {
  const form = room();
  const sent = ticked(form).join();
  const slow = setTimeout(() => state("saving", form.dataset.saving), SLOW);
  const status = await post({ move: "stay" });
  clearTimeout(slow);
  if (status === 200 && room() === form && ticked(form).join() === sent) state("saved", form.dataset.saved);
  return status;
}

async function work() {
  if (working) return;
  working = true;
  while (queue.length) {
    const job = queue[0];
    if (!room()) break;
    const status = job.move ? await post(job.move) : await save();
    if (status === 0 || status >= 500) {
      state("unsaved", room()?.dataset.unsaved ?? "");
      await new Promise((wake) => setTimeout(wake, RETRY));
      continue;
    }
    queue.shift();
  }
  working = false;
}

function enqueue(job) {
  // A later save says all that an earlier waiting one would have said, and a move carries the ticks itself.
  for (let i = queue.length - 1; i >= (working ? 1 : 0); i -= 1) if (!queue[i].move) queue.splice(i, 1);
  if (queue.some((waiting, i) => waiting.move && (i > 0 || working))) return; // the question is being left already
  queue.push(job);
  work();
}

document.addEventListener("change", (event) => {
  if (event.target.name !== "option" || event.target.form !== room()) return;
  const hint = document.getElementById("pick-hint");
  const choose = Number(hint?.dataset.choose ?? 1);
  if (hint && ticked(room()).length > choose) {
    event.target.checked = false;
    hint.classList.add("over");
    hint.textContent = room().dataset.over;
    return;
  }
  if (hint) {
    hint.classList.remove("over");
    hint.textContent = room().dataset.hint.replace("%n", choose).replace("%t", ticked(room()).length);
  }
  markCell();
  enqueue({});
});

document.addEventListener("submit", (event) => {
  if (event.target !== room() || !room().dataset.attempt) return;
  event.preventDefault();
  const button = event.submitter;
  enqueue({ move: { [button?.name ?? "move"]: button?.value ?? "stay" } });
});

document.body.addEventListener("htmx:configRequest", (event) => {
  // Signing in in another tab changes the token: the cookie always has the current one.
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (token) event.detail.headers["X-CSRFToken"] = token[1];
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const version = event.detail.xhr?.responseText?.match(/id="save"[^>]*data-version="(\d+)"/);
  if (version && event.detail.successful && event.detail.requestConfig?.elt === room()) field("version").value = version[1];
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig?.elt?.id !== "room" || !room()) return;
  arrive();
  if (Number(field("version").value)) state("saved", room().dataset.saved);
  else state("none", "");
  room().querySelector("h1").focus();
  window.scrollTo(0, 0);
});

document.addEventListener("visibilitychange", countSeconds);
arrive();
