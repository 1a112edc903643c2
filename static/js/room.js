// The exam room. The page shows one question; this script fetches the whole paper, and from then on every question and
// every tool works without the server. The state is in room-state.js, what is sent in room-sync.js; the other modules
// draw the state or change it.

import { finish } from "./room-acts.js";
import { connection, showState, urgent } from "./room-banner.js";
import { synchronize } from "./room-clock.js";
import { showEnd } from "./room-end.js";
import { drawMarks } from "./room-highlight.js";
import "./room-keys.js";
import { hideMessage, showMessage, text } from "./room-messages.js";
import { emptyPage, keepOffline } from "./room-offline.js";
import { drawQuestion, showQuestion, showVerdict, ticks } from "./room-question.js";
import { drawCells, showCurrentCell } from "./room-sheet.js";
import { answer, begin, exam, keptPaper, load, maskOf, question, tell, unsent, visit } from "./room-state.js";
import { flush } from "./room-sync.js";
import { drawTexts } from "./room-tools.js";

const RETRY_AFTER_MS = 2500;
const room = document.getElementById("room");
const isServed = room.dataset.position !== "0"; // else the service worker has shown the page without a question
const connect = document.getElementById("connect").content.firstElementChild;
const page = isServed && emptyPage();
let isFirst = isServed;

async function fetchPaper() {
  const response = await fetch(room.dataset.paper, { credentials: "same-origin", cache: "no-store" });
  if (response.ok) return response.json();
  if (response.status < 429) location.assign(room.dataset.home); // over, in another browser, or signed out
  throw new Error(String(response.status));
}

/** The question that the server has put on the page, with its state. */
function questionOnPage() {
  const { version, note, note_version: noteVersion, marks, seconds, flag } = room.elements;
  const boxes = [...room.querySelectorAll("[name=option]")];
  const bits = (chosen) => chosen.map((box) => Number(box.value));
  return {
    position: Number(room.dataset.position),
    html: document.getElementById("question").innerHTML,
    choose: Number(document.getElementById("pick-hint")?.dataset.choose ?? 1),
    version: Number(version.value),
    ticked: bits(boxes.filter((box) => box.defaultChecked)),
    flagged: flag.value === "off",
    struck: bits(boxes.filter((box) => box.closest(".struck"))),
    seconds: Number(seconds.value),
    note: { text: note.defaultValue, version: Number(noteVersion.value) },
    marks: JSON.parse(marks.dataset.stored),
    revealed: Boolean(room.querySelector(".verdict-line")),
  };
}

async function start() {
  const paper = (await fetchPaper().catch(() => null)) ?? (isServed ? null : keptPaper());
  if (!paper) {
    if (!isServed) document.querySelector("main").append(connect);
    setTimeout(start, RETRY_AFTER_MS);
    return;
  }
  synchronize(paper.now ?? Date.now() + paper.clock.ahead, paper.deadline ?? paper.clock.deadline);
  connect.remove();
  room.hidden = false;
  room.dataset.whole = "yes";
  load(paper, Number(location.pathname.match(/(\d+)\/$/)[1]));
  drawCells();
  drawMarks();
  tell("loaded");
  if (isServed) requestIdleCallback(() => keepOffline(page, exam.questions));
  if (urgent().length) flush();
}

document.addEventListener("room:question", () => {
  showQuestion({ isFirst });
  if (document.querySelector("#sheet:popover-open")) document.getElementById("sheet").hidePopover();
  if (!isFirst) window.scrollTo(0, 0);
  isFirst = false;
  drawMarks();
  showCurrentCell();
  showElsewhere();
  const { version, refused } = question();
  if (connection.trouble === "ok") showState(version && !refused ? "saved" : "none");
  room.querySelector("h1").focus({ preventScroll: true });
});

document.addEventListener("room:change", ({ detail: position }) => {
  if (position) drawCells([position]);
  drawTexts();
  if (position === exam.position) drawQuestion();
});

document.addEventListener("room:revealed", ({ detail: position }) => {
  if (position !== exam.position) return;
  showQuestion();
  showVerdict();
});

document.addEventListener("room:refused", ({ detail: position }) => {
  if (position === exam.position) showState("none");
  else showElsewhere();
});

function showElsewhere() {
  // Another question waits for the choice between two answers.
  const other = exam.questions.find((each) => each?.refused && each.position !== exam.position);
  if (other) showMessage("other", text("elsewhere", { n: other.position }), { alert: true });
  else hideMessage("other");
}

document.addEventListener("room:time-up", () => {
  connection.timeIsUp = true;
  visit(); // asks the server in any case
  flush();
});
document.addEventListener("room:all-sent", finish);
document.addEventListener("room:over", () => {
  // What still waits learns from the server that it is too late.
  if (unsent.size) flush();
  else location.assign(room.dataset.home);
});
document.addEventListener("room:end", ({ detail }) => showEnd(detail));
window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // not from an outdated cache

if (isServed) {
  const { pad, pad_version: padVersion } = room.elements;
  begin(questionOnPage(), { text: pad.defaultValue, version: Number(padVersion.value) });
  if (maskOf(ticks()) !== maskOf(question().ticked)) answer(ticks()); // the candidate was faster than this script
}
start();
