// The answer sheet beside the question: a cell for each question, drawn from the state, the counts, and where Next and
// Previous lead under a filter.

import { text } from "./room-messages.js";
import { exam, question, stateOf } from "./room-state.js";

const room = document.getElementById("room");
const sheet = room.querySelector(".sheet");
const filters = room.elements.namedItem("show");
const matches = (each, show = filters.value) =>
  show === "all" || show === stateOf(each) || (show === "flagged" && each.flagged);

/** Draw the cells of these questions, and the counts. */
export function drawCells(positions = exam.questions.map(({ position }) => position)) {
  for (const position of positions) drawCell(question(position));
  const count = (show) => exam.questions.filter((each) => matches(each, show)).length;
  const heading = document.getElementById("answered");
  heading.textContent = text("answeredOf", { n: count("answered"), t: exam.questions.length });
  for (const { value, labels } of filters) labels[0].querySelector("b").textContent = count(value);
}

function drawCell(each) {
  const { position } = each;
  const item = sheet.children[position - 1] ?? sheet.appendChild(document.createElement("li"));
  const cell = item.firstElementChild ?? item.appendChild(document.createElement("button"));
  const extra = [each.flagged && "flagged", each.note.text.trim() && "noted"].filter(Boolean);
  const words = [each.verdict || stateOf(each), ...extra].map((name) => text(name));
  Object.assign(cell, { name: "go", value: position, textContent: position });
  cell.className = ["cell", stateOf(each), each.verdict, ...extra].filter(Boolean).join(" ");
  cell.setAttribute("aria-label", [`${text("question")} ${position}`, ...words].join(", "));
  item.hidden = position !== exam.position && !matches(each); // people look there to see where they are
}

/** Mark the cell of the question that is shown. */
export function showCurrentCell() {
  const cell = sheet.children[exam.position - 1]?.firstElementChild;
  if (!cell) return;
  sheet.querySelector("[aria-current]")?.removeAttribute("aria-current");
  cell.setAttribute("aria-current", "step");
  cell.scrollIntoView({ block: "nearest" });
}

/** Where Next (1) or Previous (-1) leads under the filter: beyond the last question if none matches. */
export function step(direction) {
  const { position, questions } = exam;
  const found = questions.filter((each) => matches(each)).map((each) => each.position);
  if (direction > 0) return found.find((other) => other > position) ?? questions.length + 1;
  return found.findLast((other) => other < position) ?? Math.max(1, position - 1);
}

/** The query of the address: the filter, which a reload keeps. */
export const query = () => (filters.value === "all" ? "" : `?show=${filters.value}`);

document.addEventListener("change", ({ target }) => {
  if (target.name !== "show") return;
  drawCells();
  showCurrentCell();
  history.replaceState(history.state, "", location.pathname + query());
});
document.addEventListener("toggle", (event) => event.target.id === "sheet" && showCurrentCell(), true);
window.addEventListener("resize", showCurrentCell);
