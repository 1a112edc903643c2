// The exam room. The page shows one question; this script fetches the whole paper, and from then on every question and
// every tool works without the server. The state is in room-state.js, what is sent in room-sync.js; the other modules
// draw the state or change it.

import { finish } from "./room-acts.js";
import { connection, showState, urgent } from "./room-banner.js";
import { synchronize } from "./room-clock.js";
import { drawMarks } from "./room-highlight.js";
import { hideMessage, showMessage, text } from "./room-messages.js";
import { emptyPage, keepOffline } from "./room-offline.js";
import { boxes, buildAll, drawQuestion, reveal, showQuestion, ticks } from "./room-question.js";
import { drawCells, showCurrentCell } from "./room-sheet.js";
import { answer, exam, go, load, question, store, tell, visit } from "./room-state.js";
import { csrfToken, flush } from "./room-sync.js";
import { drawTexts } from "./room-tools.js";

const RETRY_AFTER_MS = 2500;
const room = document.getElementById("room");
const isServed = room.dataset.position !== "0"; // else the service worker has shown the page without a question
const connect = document.getElementById("connect").content.firstElementChild;
const blank = isServed && emptyPage();

async function fetchPaper() {
  const response = await fetch(room.dataset.paper, { credentials: "same-origin", cache: "no-store" });
  if (response.ok) return { policy: response.headers.get("Content-Security-Policy"), ...(await response.json()) };
  if (response.status < 429) location.assign(room.dataset.home); // over, in another browser, or signed out
  throw new Error(String(response.status));
}

async function start() {
  const paper = (await fetchPaper().catch(() => null)) ?? (isServed ? null : store.kept());
  if (!paper) {
    if (!isServed) document.querySelector("main").append(connect);
    setTimeout(start, RETRY_AFTER_MS);
    return;
  }
  synchronize(paper.now ?? Date.now() + paper.clock.ahead, paper.deadline ?? paper.clock.deadline);
  connect.remove();
  room.hidden = false;
  const early = boxes().some((box) => box.checked !== box.defaultChecked) && ticks(); // faster than this script
  load(paper);
  buildAll();
  drawCells();
  go(Number(location.pathname.match(/(\d+)\/$/)[1]));
  if (early) answer(early, Number(room.elements.version.value));
  room.dataset.whole = "yes";
  tell("loaded");
  if (isServed) setTimeout(keepOffline, 0, blank, paper.policy);
  if (urgent().length) flush();
}

let isFirst = isServed;
document.addEventListener("room:question", () => {
  showQuestion();
  drawMarks();
  drawTexts();
  showElsewhere();
  if (connection.trouble === "ok") showState(question().version && !question().refused ? "saved" : "none");
  if (document.querySelector("#sheet:popover-open")) document.getElementById("sheet").hidePopover();
  // What needs the layout comes last, so that it is computed once.
  room.querySelector("h1").focus({ preventScroll: true });
  showCurrentCell();
  if (!isFirst) window.scrollTo(0, 0);
  isFirst = false;
});

document.addEventListener("room:change", ({ detail: position }) => {
  if (position) drawCells([position]);
  if (position === exam.position) {
    drawQuestion();
    drawMarks();
  }
  drawTexts();
  showElsewhere();
});

document.addEventListener("room:revealed", ({ detail: position }) => {
  drawCells([position]);
  reveal(position);
});

/** Say that another question waits for the choice between two answers. */
function showElsewhere() {
  const other = exam.questions.find((each) => each.refused && each.position !== exam.position);
  if (other) showMessage("other", text("elsewhere", { n: other.position }), { alert: true });
  else hideMessage("other");
}

// The time: extra time may have been granted, or the exam is over.
document.addEventListener("room:ask", () => {
  if (!exam.position) return;
  visit();
  flush();
});
document.addEventListener("room:all-sent", finish);
document.addEventListener("room:end", ({ detail }) => showEnd(detail));
window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // not from an outdated cache
start();

/** Show why nothing more is sent. `reply` or `page` is what the server said. */
function showEnd({ reply, page }) {
  if (page) {
    store.clear();
    show(new DOMParser().parseFromString(page, "text/html").body);
  } else if (reply.seat) {
    // The message says what became of the last changes. Whoever uses this browser next finds nothing of the exam.
    store.clear();
    showTemplate("seat-taken", reply.message);
  } else if (reply.status) showOver(reply);
  else showMessage("save", reply.message, { alert: true }); // another release: a reload sends what waits
}

function showOver({ events }) {
  const n = urgent().filter(({ kind }) => kind === "answer").length;
  const isLate = n && events.some(({ outcome }) => outcome === "late");
  store.clear({ but: "answer" }); // an exam may be reopened for those who could not send in time
  if (!urgent().length) location.assign(room.dataset.home);
  else showTemplate("over", isLate ? text("late", { n }) : events.find(({ message }) => message)?.message);
}

function showTemplate(id, sentence) {
  const main = document.createElement("main");
  Object.assign(main, { id: "main", className: "page" });
  main.append(document.getElementById(id).content);
  main.querySelector("[data-sentence]").textContent = sentence;
  const token = main.querySelector("[name=csrfmiddlewaretoken]");
  if (token) token.value = csrfToken();
  document.title = document.title.replace(/^[^·]*/, `${main.querySelector("h1").textContent} `);
  const body = document.createElement("body");
  body.append(main);
  show(body);
}

function show(body) {
  hideMessage("save");
  hideMessage("other");
  document.body.replaceWith(body);
  const heading = document.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}
