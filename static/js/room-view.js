// Draw the question that is shown, built once; the choice between two answers; the answer sheet, and where Next leads.

import { drawMarks } from "./room-highlight.js";
import { showMessage, text } from "./room-messages.js";
import { exam, question, stateOf } from "./room-state.js";

const room = document.getElementById("room");
const nav = document.getElementById("sheet");
const sheet = room.querySelector(".sheet");
const { note: field, pad, flag } = room.elements;
const [noteMark, noteLabel] = field.labels;
const sure = room.querySelector(".sure");
const next = room.querySelector(".next");
const strip = document.getElementById("strip");
const built = new Map(); // the element of each HTML
let shown = document.getElementById("question");
Object.assign(next, { name: "move", value: "next" }); // the server names it by the question that it has shown
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
  built.set(question(Number(room.dataset.position))?.html, shown);
  exam.questions.forEach(elementOf);
}

/** Draw the question that is shown, and what the candidate has done to it: first its element, then that on the page. */
export function drawQuestion() {
  const { position, choose, ticked, struck, flagged, starred, note, marks, revealed } = question();
  const [before, isMoved] = [shown, room.dataset.position !== String(position)];
  shown = elementOf(question());
  for (const box of boxes()) {
    const option = box.closest(".option");
    const isStruck = option.classList.toggle("struck", struck.includes(Number(box.value)));
    box.checked = ticked.includes(Number(box.value));
    option.querySelector(".strike").setAttribute("aria-pressed", isStruck);
  }
  if (starred !== undefined) shown.querySelector('[name="star"]')?.setAttribute("aria-pressed", starred);
  drawMarks(shown, marks);
  const line = shown.querySelector("#pick-hint");
  const words = text(exam.prompt === "over" ? "over" : "hint", { n: choose, t: ticked.length });
  line?.classList.toggle("over", exam.prompt === "over");
  if (line && line.textContent !== words) line.textContent = words; // else it would be read out again
  if (shown !== before) before.replaceWith(shown);
  if (isMoved) {
    room.dataset.position = position;
    room.querySelector("h1").firstChild.data = `${text("heading", { n: position })} `;
    noteLabel.firstChild.data = text("noteOn", { n: position });
    noteMark.toggleAttribute("hidden", !note.text.trim()); // not while it is written: the text would move
  }
  Object.assign(flag, { ariaPressed: flagged, hidden: Boolean(revealed) });
  room.querySelector('[name="move"][value="previous"]').disabled = position === 1;
  next.classList.toggle("last", position === exam.questions.length);
  if (field.value !== note.text) field.value = note.text; // what is typed here is in it
  if (pad.value !== exam.scratchpad.text) pad.value = exam.scratchpad.text;
  showRefused();
  if (sure) drawSure(!revealed && boxes().length > 0);
  if (shown === before || isMoved) return;
  // Show the verdict, and the correct options too if the window has room for both.
  const last = [...shown.querySelectorAll(".option.right")].at(-1);
  for (const part of [last, shown.querySelector(".solved")]) part?.scrollIntoView({ block: "nearest" });
}

/** Practice: ask how sure the candidate is of a complete answer. */
function drawSure(canCheck) {
  const isAsked = exam.prompt === "sure";
  const isNew = isAsked && sure.hidden;
  sure.hidden = !isAsked;
  room.querySelector(".check-answer").hidden = !canCheck || isAsked;
  next.classList.toggle("primary", !canCheck);
  if (!isNew) return;
  if (sure.getBoundingClientRect().bottom > innerHeight) sure.scrollIntoView({ block: "end" }); // the bar of a low window
  sure.querySelector("legend").focus({ preventScroll: true });
}

/** Another window has saved an answer to this question: offer both. To another question: say so. */
function showRefused() {
  const { refused, ticked, position } = question();
  const other = exam.questions.find((each) => each.refused && each.position !== position);
  showMessage("act", ""); // what was lacking may be here now
  showMessage("other", other ? text("elsewhere", { n: other.position }) : "");
  const notice = document.getElementById("refused");
  const isNew = notice.hidden;
  notice.toggleAttribute("hidden", !refused); // which writes nothing in vain: `hidden` would style all around it again
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
  const last = boxes().at(-1)?.closest(".option").getBoundingClientRect();
  const { top } = strip.getBoundingClientRect();
  room.querySelector(".more-below").hidden = !last || last.bottom <= Math.min(top, innerHeight) + 1;
}
for (const part of [strip, room.querySelector(".room-question")]) new ResizeObserver(showMoreBelow).observe(part);
for (const type of ["resize", "scroll"]) window.addEventListener(type, showMoreBelow, { passive: true });

const cellAt = (position) => sheet.children[position - 1]?.firstElementChild;
const cellsOf = (show) => [...sheet.getElementsByClassName(show)];

export function drawCells(questions = exam.questions) {
  sheet.innerHTML ||= '<li><button name="go"></button></li>'.repeat(questions.length);
  questions.forEach(drawCell);
  for (const { value, labels } of room.elements.show) labels[0].querySelector("b").textContent = cellsOf(value).length;
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
    className: ["cell all", stateOf(each), verdict, ...extra].join(" "),
    ariaLabel: [`${text("question")} ${position}`, ...words].join(", "),
  });
}

export function showCurrentCell() {
  const [cell, isLong] = [cellAt(exam.position), sheet.scrollHeight > sheet.clientHeight]; // slow to ask after the mark
  sheet.querySelector("[aria-current]")?.removeAttribute("aria-current");
  cell?.setAttribute("aria-current", "step");
  if (isLong || nav.dataset.show !== "all") cell?.scrollIntoView({ block: "nearest" }); // slow even in vain
}

/** Where Next (1) or Previous (-1) leads under the filter: Next nowhere if none matches. */
export function step(direction) {
  let to = exam.position + direction;
  while (cellAt(to) && !cellAt(to).classList.contains(nav.dataset.show)) to += direction;
  return cellAt(to) ? to : to < 1 && Math.max(1, exam.position - 1);
}

/** The query of the address: the filter, which a reload keeps. */
export const query = () => (nav.dataset.show === "all" ? "" : `?show=${nav.dataset.show}`);

document.addEventListener("change", ({ target }) => {
  if (target.name !== "show") return;
  nav.dataset.show = target.value;
  showCurrentCell();
  history.replaceState(history.state, "", location.pathname + query());
});
nav.addEventListener("toggle", showCurrentCell);
window.addEventListener("resize", showCurrentCell);
