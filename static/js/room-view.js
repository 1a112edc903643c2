// Draw the question that is shown: its options, its note, the buttons below it, and the choice between two answers. Each
// question is built once; a move puts another one in its place. Beside it the answer sheet: a cell for each question, the
// counts, and where Next and Previous lead under a filter.

import { showMessage, text } from "./room-messages.js";
import { exam, question, stateOf } from "./room-state.js";

const room = document.getElementById("room");
const sheet = room.querySelector(".sheet");
const filters = room.elements.namedItem("show");
const { note: field, pad } = room.elements;
const sure = room.querySelector(".sure");
const built = new Map(); // the element of each HTML
let shown = document.getElementById("question");
let hinted = null; // the ticks of which the hint speaks
export const shownQuestion = () => shown;
export const boxes = (state = "") => [...shown.querySelectorAll(`[name="option"]${state}`)];
export const ticks = () => boxes(":checked").map((box) => Number(box.value));
const letterOf = (bit) => boxes(`[value="${bit}"]`)[0].labels[0].querySelector(".bubble").textContent;
const letters = (bits) => bits.map(letterOf).sort().join(", ");

/** Return the element of a question, built when it is first asked for, which also loads its pictures. */
function elementOf({ html }) {
  if (!built.has(html))
    built.set(html, Object.assign(document.createElement("div"), { id: "question", innerHTML: html }));
  return built.get(html);
}

/** Take the question that the server has put on the page, and build all others. */
export function adopt() {
  const served = question(Number(room.dataset.position));
  if (served) built.set(served.html, shown);
  exam.questions.forEach(elementOf);
}

/** Draw the question that is shown, and what the candidate has done to it: first its element, then that on the page. */
export function drawQuestion() {
  const { position, ticked, struck, flagged, starred, note, revealed } = question();
  const before = shown;
  shown = elementOf(question());
  for (const box of boxes()) {
    const isStruck = struck.includes(Number(box.value));
    const option = box.closest(".option");
    box.checked = ticked.includes(Number(box.value));
    option.classList.toggle("struck", isStruck);
    option.querySelector(".strike").setAttribute("aria-pressed", isStruck);
  }
  if (starred !== undefined) shown.querySelector('[name="star"]')?.setAttribute("aria-pressed", starred);
  if (shown !== before) before.replaceWith(shown);
  const isRevealed = shown !== before && room.dataset.position === String(position);
  if (room.dataset.position !== String(position)) {
    room.dataset.position = position;
    room.querySelector("h1").firstChild.data = `${text("heading", { n: position })} `;
    room.querySelector(".note-dock label").textContent = text("noteOn", { n: position });
    room.querySelector(".note-mark").hidden = note.text.trim() === ""; // not while it is written: the text would move
    if (sure) sure.hidden = true; // it was asked about the question before
  }
  const flag = room.querySelector('[name="flag"]');
  flag.setAttribute("aria-pressed", flagged);
  flag.hidden = Boolean(revealed);
  room.querySelector('[name="move"][value="previous"]').disabled = position === 1;
  const canCheck = sure && !revealed && boxes().length > 0;
  if (sure) room.querySelector(".check-answer").hidden = !canCheck || !sure.hidden;
  const next = room.querySelector(".next");
  next.classList.toggle("primary", !canCheck);
  for (const words of next.children)
    words.hidden = (words.dataset.at === "end") !== (position === exam.questions.length);
  if (field.value !== note.text) field.value = note.text; // what is typed here is in it
  if (pad.value !== exam.scratchpad.text) pad.value = exam.scratchpad.text;
  hint();
  showRefused();
  if (!isRevealed) return;
  // Show the verdict, and the correct options too if the window has room for both.
  const last = [...shown.querySelectorAll(".option.right")].at(-1);
  for (const part of [last, shown.querySelector(".verdict-line")]) part?.scrollIntoView({ block: "nearest" });
}

/** Say how many options are selected, or `over` that there may be no more, which stays until the selection changes. */
export function hint({ over = false } = {}) {
  const line = shown.querySelector("#pick-hint");
  const { choose, ticked } = question();
  const isSaid = hinted === ticked && !over;
  hinted = ticked;
  if (!line || isSaid) return;
  line.classList.toggle("over", over);
  line.textContent = text(over ? "over" : "hint", { n: choose, t: ticked.length });
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

/** Another window has saved an answer to this question: offer both. To another question: say so. */
function showRefused() {
  const { refused, ticked, position } = question();
  const other = exam.questions.find((each) => each.refused && each.position !== position);
  showMessage("other", other ? text("elsewhere", { n: other.position }) : "");
  const notice = document.getElementById("refused");
  const isNew = notice.hidden;
  notice.hidden = !refused;
  if (!refused) return;
  const [there, here] = [ticked, refused].map((bits) => letters(bits) || text("noAnswer"));
  notice.querySelector("p").textContent = text("refused", { t: there, h: here });
  const [keep, use] = notice.querySelectorAll("button");
  Object.assign(keep, { name: "use", value: ticked.join(), textContent: text("keep", { l: there }) });
  Object.assign(use, { name: "use", value: refused.join(), textContent: text("use", { l: here }) });
  if (isNew) notice.scrollIntoView({ block: "nearest" });
}

/** Say that there is more while any part of an option is behind the buttons below or outside of the window. */
function showMoreBelow() {
  if (!room.isConnected) return; // the exam is over, and another page shown
  const last = boxes().at(-1)?.closest(".option").getBoundingClientRect();
  const top = room.querySelector(".room-moves").getBoundingClientRect().top;
  room.querySelector(".more-below").hidden = !last || last.bottom <= Math.min(top, innerHeight) + 1;
}
new ResizeObserver(showMoreBelow).observe(room.querySelector(".room-question"));
window.addEventListener("resize", showMoreBelow);
window.addEventListener("scroll", showMoreBelow, { passive: true });

const cellsOf = (show) => sheet.querySelectorAll(show === "all" ? ".cell" : `.${show}`);
const cellAt = (position) => sheet.children[position - 1]?.firstElementChild;

/** Draw the cells of these questions, and the counts. */
export function drawCells(questions = exam.questions) {
  sheet.innerHTML ||= '<li><button name="go"></button></li>'.repeat(questions.length);
  questions.forEach(drawCell);
  for (const { value, labels } of filters) labels[0].querySelector("b").textContent = cellsOf(value).length;
  const counts = { n: cellsOf("answered").length, t: exam.questions.length };
  document.getElementById("answered").textContent = text("answeredOf", counts);
}

function drawCell(each) {
  const { position, verdict = "", flagged, note } = each;
  const extra = [flagged && "flagged", note.text.trim() && "noted"].filter(Boolean);
  const words = [verdict || stateOf(each), ...extra].map((name) => text(name));
  Object.assign(cellAt(position), {
    value: position,
    textContent: position,
    className: ["cell", stateOf(each), verdict, ...extra].join(" "),
    ariaLabel: [`${text("question")} ${position}`, ...words].join(", "),
  });
}

/** Mark the cell of the question that is shown. */
export function showCurrentCell() {
  const cell = cellAt(exam.position);
  sheet.querySelector("[aria-current]")?.removeAttribute("aria-current");
  cell?.setAttribute("aria-current", "step");
  if (sheet.scrollHeight > sheet.clientHeight) cell?.scrollIntoView({ block: "nearest" }); // slow even in vain
}

/** Where Next (1) or Previous (-1) leads under the filter: beyond the last question if none matches. */
export function step(direction) {
  const { position, questions } = exam;
  const found = [...cellsOf(filters.value)].map((cell) => Number(cell.value));
  if (direction > 0) return found.find((other) => other > position) ?? questions.length + 1;
  return found.findLast((other) => other < position) ?? Math.max(1, position - 1);
}

/** The query of the address: the filter, which a reload keeps. */
export const query = () => (filters.value === "all" ? "" : `?show=${filters.value}`);

document.addEventListener("change", ({ target }) => {
  if (target.name !== "show") return;
  document.getElementById("sheet").dataset.show = filters.value;
  showCurrentCell();
  history.replaceState(history.state, "", location.pathname + query());
});
document.addEventListener("toggle", (event) => event.target.id === "sheet" && showCurrentCell(), true);
window.addEventListener("resize", showCurrentCell);
