// The answer sheet beside the question: a cell for each question, drawn from the state, the counts, and where Next and
// Previous lead under a filter. The style sheet hides the cells that do not match.

import { text } from "./room-messages.js";
import { exam, question, stateOf } from "./room-state.js";

const room = document.getElementById("room");
const sheet = room.querySelector(".sheet");
const cellOf = (position) => sheet.children[position - 1]?.firstElementChild;
const filter = () => room.elements.namedItem("show").value;
const matches = (each, show) => show === "all" || show === stateOf(each) || (show === "flagged" && each.flagged);

/** Draw the cells of these questions, and the counts. */
export function drawCells(positions = exam.questions.map(({ position }) => position)) {
  for (const position of positions) {
    if (!cellOf(position)) addCell(position);
    drawCell(cellOf(position), question(position));
  }
  const count = (show) => exam.questions.filter((each) => matches(each, show)).length;
  const heading = document.getElementById("answered");
  heading.textContent = text("answeredOf", { n: count("answered"), t: exam.questions.length });
  for (const { value, labels } of room.elements.namedItem("show"))
    labels[0].querySelector("b").textContent = count(value);
}

function addCell(position) {
  const item = sheet.appendChild(document.createElement("li"));
  const cell = item.appendChild(document.createElement("button"));
  Object.assign(cell, { name: "go", value: position, textContent: position });
}

function drawCell(cell, each) {
  const state = each.verdict || stateOf(each);
  const extra = [each.flagged && "flagged", each.note.text.trim() && "noted"].filter(Boolean);
  const label = [`${text("question")} ${each.position}`, text(state), ...extra.map((name) => text(name))].join(", ");
  cell.className = ["cell", stateOf(each), each.verdict, ...extra].filter(Boolean).join(" ");
  cell.setAttribute("aria-label", label);
}

/** Mark the cell of the question that is shown. */
export function showCurrentCell() {
  const cell = cellOf(exam.position);
  if (!cell) return;
  sheet.querySelector("[aria-current]")?.removeAttribute("aria-current");
  cell.setAttribute("aria-current", "step");
  cell.scrollIntoView({ block: "nearest" });
}

/** Where Next (1) or Previous (-1) leads under the filter: beyond the last question if none matches. */
export function step(direction) {
  const { position, questions } = exam;
  if (filter() === "all") return Math.max(1, position + direction);
  const found = questions.filter((each) => matches(each, filter())).map((each) => each.position);
  if (direction > 0) return found.find((other) => other > position) ?? questions.length + 1;
  return found.findLast((other) => other < position) ?? Math.max(1, position - 1);
}

/** The query of the address: the filter, which a reload keeps. */
export const query = () => (filter() === "all" ? "" : `?show=${filter()}`);

document.addEventListener("change", (event) => {
  if (event.target.name !== "show") return;
  showCurrentCell();
  history.replaceState(history.state, "", location.pathname + query());
});
document.addEventListener("toggle", (event) => event.target.id === "sheet" && showCurrentCell(), true);
window.addEventListener("resize", showCurrentCell);
