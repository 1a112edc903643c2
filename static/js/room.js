// The exam room. The page shows one question; this script fetches the whole paper, and from then on every question and
// every tool works without the server. The state is in room-state.js, what is sent in room-sync.js.

import "./room-acts.js";
import { connection, showConnection, urgent } from "./room-banner.js";
import { synchronize } from "./room-clock.js";
import { emptyPage, keepOffline } from "./room-offline.js";
import { answer, exam, go, load, question, tell } from "./room-state.js";
import { kept } from "./room-store.js";
import { RETRY_AFTER_MS, fetchPaper, flush } from "./room-sync.js";
import { adopt, boxes, drawCells, drawQuestion, query, showCurrentCell, ticks } from "./room-view.js";

const room = document.getElementById("room");
const [place] = location.pathname.match(/\d+(?=\/$)/) ?? []; // none of the pages before the end, which only the server has
const isServed = room.dataset.position !== "0"; // else the service worker has shown the page without a question
const blank = isServed && emptyPage();
const tab = isServed ? null : kept();
const mine = place ? tab : null;
if (isServed) synchronize(Number(room.dataset.now), Number(room.dataset.deadline));

async function start() {
  const served = await fetchPaper(mine ? 4000 : 30_000).catch(() => null);
  const paper = served ?? mine;
  if (!paper || !place) return paper ? location.reload() : setTimeout(start, RETRY_AFTER_MS);
  room.hidden = false;
  if (!served) connection.trouble = "away";
  synchronize(paper.now ?? paper.deadline - (paper.until - Date.now()), paper.deadline);
  const early = boxes().some((box) => box.checked !== box.defaultChecked) && ticks(); // faster than this script
  load(paper);
  adopt();
  drawCells();
  go(Number(place));
  if (early) answer(early, { version: Number(room.elements.version.value) });
  room.dataset.whole = "yes";
  tell("loaded");
  if (isServed) setTimeout(keepOffline, 0, blank, paper.policy);
  if (urgent().length || !served) flush();
}

document.addEventListener("room:change", ({ detail: position }) => {
  if (position) drawCells([question(position)]);
  if (exam.position) drawQuestion();
});

document.addEventListener("room:question", () => {
  drawQuestion();
  showConnection();
  document.getElementById("sheet").hidePopover();
  room.querySelector("h1").focus({ preventScroll: true });
  if (room.dataset.whole) window.scrollTo(0, 0); // not after a reload: the browser goes back to its place
  requestAnimationFrame(() => setTimeout(showPlace, 0, exam.position));
});

/** Show which question this is, around it, once it is shown: no part of this is needed to read it, and each is slow. */
function showPlace(position) {
  showCurrentCell();
  document.title = room.dataset.title.replace(/\d+/, position);
  const isHere = location.pathname.endsWith(`/${position}/`); // at the start, and after Back
  history[isHere ? "replaceState" : "pushState"](position, "", `../${position}/${query()}`);
}

window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // not from an outdated cache

if (tab) Object.assign(document.querySelector("#connect a"), { hidden: false, href: `../questions/${tab.position}/` });
document.getElementById("connect").hidden = Boolean(mine); // it is shown while the room is not
start();
