// Draw the question that is shown: its options, its note, the buttons below it, and the choice between two answers. Each
// question is built once; a move puts another one in its place.

import { text } from "./room-messages.js";
import { exam, question } from "./room-state.js";

const room = document.getElementById("room");
const sure = room.querySelector(".sure");
const built = new Map(); // by position
const sizes = new ResizeObserver(showMoreBelow); // of the question that is shown, also when another one is
export const shownQuestion = () => document.getElementById("question");
export const boxes = () => [...shownQuestion().querySelectorAll('[name="option"]')];
export const ticks = () =>
  boxes()
    .filter((box) => box.checked)
    .map((box) => Number(box.value));
const letters = (bits) =>
  boxes()
    .filter((box) => bits.includes(Number(box.value)))
    .map((box) => box.labels[0].querySelector(".bubble").textContent)
    .join(", ");

/** Build a question, which also loads its pictures. */
function build({ position, html }) {
  const element = document.createElement("div");
  element.id = "question";
  element.innerHTML = html;
  built.set(position, labeled(element));
}

/** Label the options with the question alone, not with the whole stem. */
function labeled(element) {
  const ask = element.querySelector("#stem .ask");
  if (ask) ask.id = "ask";
  if (ask) element.querySelector("fieldset").setAttribute("aria-labelledby", "ask");
  sizes.observe(element);
  return element;
}

/** Build all questions that the server has not put on the page. */
export function buildAll() {
  const position = Number(room.dataset.position);
  if (position) built.set(position, labeled(shownQuestion()));
  for (const each of exam.questions) if (each.position !== position) build(each);
}

/** Put the question of this position on the page. */
export function showQuestion() {
  const { position, note, revealed } = question();
  const isOther = Number(room.dataset.position) !== position;
  room.dataset.position = position;
  if (shownQuestion() !== built.get(position)) shownQuestion().replaceWith(built.get(position));
  document.title = document.title.replace(/\d+/, position);
  room.querySelector("h1").firstChild.data = `${text("heading", { n: position })} `;
  const dock = room.querySelector(".note-dock");
  const field = room.elements.namedItem("note");
  dock.querySelector("summary").textContent = text("noteOn", { n: position });
  field.setAttribute("aria-label", text("noteOn", { n: position }));
  room.querySelector(".note-mark").hidden = note.text.trim() === "";
  dock.open = note.text !== "" || (dock.open && !isOther);
  if (sure && isOther) sure.hidden = true; // it was asked about the question before
  const isLast = position === exam.questions.length;
  room.querySelector('[name="move"][value="previous"]').disabled = position === 1;
  for (const words of room.querySelectorAll(".next [data-at]")) words.hidden = (words.dataset.at === "end") !== isLast;
  room.querySelector('[name="flag"]').hidden = Boolean(revealed);
  shownQuestion().querySelector("#pick-hint")?.classList.remove("over");
  drawQuestion();
}

/** Draw what the candidate has done to the question that is shown. */
export function drawQuestion() {
  const { ticked, struck, flagged, revealed } = question();
  for (const box of boxes()) {
    const isStruck = struck.includes(Number(box.value));
    const option = box.closest(".option");
    box.checked = ticked.includes(Number(box.value));
    option.classList.toggle("struck", isStruck);
    option.querySelector(".strike").setAttribute("aria-pressed", isStruck);
  }
  room.querySelector('[name="flag"]').setAttribute("aria-pressed", flagged);
  const canCheck = sure && !revealed && boxes().length > 0;
  if (sure) room.querySelector(".check-answer").hidden = !canCheck || !sure.hidden;
  room.querySelector(".next").classList.toggle("primary", !canCheck);
  hint();
  showRefused();
}

/** Draw the solution of a question instead of its options. */
export function reveal(position) {
  build(question(position));
  if (position !== exam.position) return;
  showQuestion();
  // The verdict, and the correct options too if the window has room for both.
  shownQuestion().querySelector(".verdict-line")?.scrollIntoView({ block: "start" });
  [...shownQuestion().querySelectorAll(".option.right")].at(-1)?.scrollIntoView({ block: "nearest" });
}

/** Say how many options are selected, or `over` that there may be no more. */
export function hint({ over = false } = {}) {
  const line = shownQuestion().querySelector("#pick-hint");
  if (!line) return;
  const { choose, ticked } = question();
  // The reply to the tick before draws the question again: what was said of one tick too many stays until a change.
  const isOver = over || (line.classList.contains("over") && line.dataset.ticked === ticked.join());
  line.dataset.ticked = ticked.join();
  const words = text(isOver ? "over" : "hint", { n: choose, t: ticked.length });
  line.classList.toggle("over", isOver);
  if (line.textContent !== words) line.textContent = words;
}

/** Practice: ask how sure the candidate is of a complete answer. */
export function askHowSure(isAsked) {
  if (!sure || sure.hidden !== isAsked) return;
  sure.hidden = !isAsked;
  drawQuestion();
  if (!isAsked) return;
  sure.scrollIntoView({ block: "center" });
  sure.querySelector("legend").focus({ preventScroll: true });
}

/** Another window has saved an answer to this question: offer both. */
function showRefused() {
  const { refused, ticked } = question();
  const notice = document.getElementById("refused");
  notice.hidden = !refused;
  if (!refused) return;
  const [there, here] = [ticked, refused].map((bits) => letters(bits) || text("noAnswer"));
  notice.querySelector("p").textContent = text("refused", { t: there, h: here });
  const [keep, use] = notice.querySelectorAll("button");
  Object.assign(keep, { name: "use", value: ticked.join(), textContent: text("keep", { l: there }) });
  Object.assign(use, { name: "use", value: refused.join(), textContent: text("use", { l: here }) });
}

/** Say that there is more while any part of an option is behind the buttons below or outside of the window. */
function showMoreBelow() {
  if (!room.isConnected) return; // the exam is over, and another page shown
  const last = boxes().at(-1)?.closest(".option").getBoundingClientRect();
  const top = room.querySelector(".room-moves").getBoundingClientRect().top;
  room.querySelector(".more-below").hidden = !last || last.bottom <= Math.min(top, innerHeight) + 1;
}
window.addEventListener("resize", showMoreBelow);
window.addEventListener("scroll", showMoreBelow, { passive: true });
