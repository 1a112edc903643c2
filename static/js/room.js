// The exam room. The page shows one question; this script fetches the whole paper, and from then on every question and
// every tool works without the server. The state is in room-state.js, what is sent in room-sync.js; the other modules
// draw the state or change it.

import { finish } from "./room-acts.js";
import { OK, connection, showWell, urgent } from "./room-banner.js";
import { synchronize } from "./room-clock.js";
import { drawMarks } from "./room-highlight.js";
import { showMessage, text } from "./room-messages.js";
import { emptyPage, keepOffline } from "./room-offline.js";
import { answer, exam, go, load, question, store, tell, visit } from "./room-state.js";
import { flush } from "./room-sync.js";
import { drawTexts } from "./room-tools.js";
import { adopt, boxes, drawCells, drawQuestion, showCurrentCell, showVerdict, ticks } from "./room-view.js";

const RETRY_AFTER_MS = 2500;
const room = document.getElementById("room");
const isServed = room.dataset.position !== "0"; // else the service worker has shown the page without a question
const blank = isServed && emptyPage();
if (isServed) synchronize(Number(room.dataset.now), Number(room.dataset.deadline));

async function fetchPaper() {
  const response = await fetch(room.dataset.paper, { credentials: "same-origin", cache: "no-store" });
  if (response.ok) return { policy: response.headers.get("Content-Security-Policy"), ...(await response.json()) };
  if (response.status < 429) location.assign(room.dataset.home); // over, in another browser, or signed out
  throw new Error(String(response.status));
}

async function start() {
  const paper = (await fetchPaper().catch(() => null)) ?? (isServed ? null : store.kept());
  room.hidden = !paper && !isServed;
  document.getElementById("connect").hidden = !room.hidden;
  if (!paper) {
    setTimeout(start, RETRY_AFTER_MS);
    return;
  }
  synchronize(paper.now ?? Date.now() + paper.clock.ahead, paper.deadline ?? paper.clock.deadline);
  const early = boxes().some((box) => box.checked !== box.defaultChecked) && ticks(); // faster than this script
  load(paper);
  adopt();
  drawCells();
  go(Number(location.pathname.match(/(\d+)\/$/)[1]));
  if (early) answer(early, Number(room.elements.version.value));
  room.dataset.whole = "yes";
  tell("loaded");
  if (isServed) setTimeout(keepOffline, 0, blank, paper.policy);
  if (urgent().length) flush();
}

function draw() {
  drawQuestion();
  drawMarks();
  drawTexts();
  const other = exam.questions.find((each) => each.refused && each.position !== exam.position);
  showMessage("other", other ? text("elsewhere", { n: other.position }) : "", { alert: true });
}

document.addEventListener("room:change", ({ detail: position }) => {
  if (position) drawCells([question(position)]);
  draw();
});

document.addEventListener("room:question", () => {
  draw();
  if (connection.trouble === OK && !connection.isClosed) showWell();
  document.getElementById("sheet").hidePopover();
  // What needs the layout comes last, so that it is computed once.
  room.querySelector("h1").focus({ preventScroll: true });
  showCurrentCell();
  if (room.dataset.whole) window.scrollTo(0, 0); // not after a reload: the browser goes back to its place
  // Browsers take their time for the title of a tab.
  requestAnimationFrame(() => setTimeout(() => (document.title = document.title.replace(/\d+/, exam.position))));
});

document.addEventListener("room:revealed", showVerdict);

// The time: extra time may have been granted, or the exam is over.
document.addEventListener("room:ask", () => {
  if (!exam.position || connection.isClosed) return;
  visit();
  flush();
});
document.addEventListener("room:all-sent", finish);
window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // not from an outdated cache

/** Nothing more is sent: show why. An exam that is over may be reopened for the answers that came too late. */
document.addEventListener("room:end", ({ detail: { status, page, message } }) => {
  if (page || status) store.clear({ but: status ? "answer" : "nothing" });
  if (page) show(new DOMParser().parseFromString(page, "text/html"));
  else if (message) showMessage("save", message, { alert: true }); // another release: a reload sends what waits
  else location.assign(room.dataset.home);
});

function show({ title, body }) {
  document.title = title;
  document.body.replaceWith(body);
  const heading = document.querySelector("h1");
  heading.setAttribute("tabindex", "-1");
  heading.focus();
}

start();
