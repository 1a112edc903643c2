// On the pages on which an exam ends: send what the room has left in this browser, as the room does, then show the page
// again with the new counts. Until then the page says so, and its buttons that end the exam wait. An answer that another
// window or device has overtaken is named: only its question can decide.

import { connection } from "./room-banner.js";
import { showMessage, text } from "./room-messages.js";
import { exam, load, rejected } from "./room-state.js";
import { events } from "./room-store.js";
import { RETRY_AFTER_MS, fetchPaper, flush } from "./room-sync.js";

const PATIENCE_MS = 4000;
const form = document.getElementById("room");
const kept = () => events().filter(({ kind }) => kind !== "visit");
const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));

function wait(isWaiting) {
  for (const button of form.querySelectorAll('[name="finish"], [name="end"]')) button.disabled = isWaiting;
}

async function sendAll() {
  let paper = null;
  while (!(paper = await fetchPaper(PATIENCE_MS).catch(() => null))) await pause();
  load(paper);
  connection.isLeaving = true; // until nothing waits
  while (!(await flush()) && !connection.isClosed) await pause();
}

/** Name the questions with an answer that was not stored, because there is another one. */
function showUndecided() {
  const positions = exam.questions.filter(({ refused }) => refused).map(({ position }) => position);
  const links = document.createElement("template");
  for (const position of positions) {
    const name = `${text("question")} ${position}`;
    links.content.append(
      " ",
      Object.assign(document.createElement("a"), { href: `../questions/${position}/`, text: name }),
    );
  }
  const [lost] = rejected.values();
  const refusal = lost ? text("rejected", { n: lost.position ?? 0 }) : "";
  showMessage("kept", positions.length ? text("undecided", { n: positions.length }) : refusal, links);
}

async function start() {
  const n = kept().length;
  if (!n) return;
  showMessage("kept", text("keptHere", { n }));
  wait(true);
  await sendAll();
  if (connection.isClosed) return; // the page says why
  if (kept().length < n) return location.replace(location.href);
  wait(false);
  showUndecided();
}

window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // its counts are of before
start();
