// The answer sheet beside the question: the cell of this question and the counts, and the hints under the stem and
// about options below the visible part. The style sheet filters the cells.

import { text } from "./room-messages.js";

const room = () => document.getElementById("room");
const pickHint = () => document.getElementById("pick-hint");
const tickCount = () => room().querySelectorAll('[name="option"]:checked').length;
const currentCell = () => room()?.querySelector('.sheet .cell[aria-current="step"]');
const isFlagged = () => room().querySelector('[name="flag"]')?.value === "off";

export function markCell({ flagged = isFlagged() } = {}) {
  const cell = currentCell();
  const choose = Number(pickHint()?.dataset.choose ?? 1);
  const state = tickCount() === 0 ? "unanswered" : tickCount() < choose ? "incomplete" : "answered";
  cell.classList.remove("unanswered", "incomplete", "answered");
  cell.classList.add(state);
  cell.classList.toggle("flagged", flagged);
  const noted = room().elements.namedItem("note").value.trim() !== "";
  cell.classList.toggle("noted", noted);
  const [name] = cell.getAttribute("aria-label").split(", ");
  const labels = [name, text(state), ...(flagged ? [text("flagged")] : []), ...(noted ? [text("noted")] : [])];
  cell.setAttribute("aria-label", labels.join(", "));
  const heading = document.getElementById("answered");
  heading.textContent = heading.textContent.replace(/\d+/, room().querySelectorAll(".sheet .cell.answered").length);
  for (const {
    value,
    labels: [label],
  } of room().querySelectorAll('[name="show"]:not([value="all"])')) {
    label.querySelector("b").textContent = room().querySelectorAll(`.sheet .cell.${value}`).length;
  }
}

export function refreshSheet(cells) {
  // The cells as the server has them, with what other windows have changed.
  const sheet = room().querySelector(".sheet");
  if (!cells || sheet.contains(document.activeElement)) return;
  const scrolled = sheet.scrollTop;
  sheet.replaceWith(cells);
  cells.scrollTop = scrolled;
  markCell();
}

export function refreshCells(cells) {
  // Those that other windows have changed. The cell of this question is the page's own.
  for (const cell of cells) {
    const old = room().querySelector(`.sheet .cell[value="${cell.value}"]`);
    if (old === currentCell() || old === document.activeElement) continue;
    old.parentElement.replaceWith(cell.parentElement);
  }
  markCell();
}

export function hint({ over = false } = {}) {
  if (!pickHint()) return;
  pickHint().classList.toggle("over", over);
  pickHint().textContent = text(over ? "over" : "hint", { n: pickHint().dataset.choose, t: tickCount() });
}

export function showVerdict() {
  // After a check: the verdict, and the correct options too if the window has room for both.
  room().querySelector(".verdict-line")?.scrollIntoView({ block: "start" });
  [...room().querySelectorAll(".option.right")].at(-1)?.scrollIntoView({ block: "nearest" });
}

function showCurrentCell() {
  // Scrolls the grid alone: scrollIntoView would also scroll the page.
  const cell = currentCell();
  const sheet = cell?.closest(".sheet");
  if (!sheet) return;
  const [inner, outer] = [cell.getBoundingClientRect(), sheet.getBoundingClientRect()];
  if (inner.top < outer.top) sheet.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) sheet.scrollTop += inner.bottom - outer.bottom;
}

function showMoreBelow() {
  // While any part of an option is behind the buttons below or outside of the window.
  const last = document.querySelector(".option:last-child");
  if (!last) return;
  const visible = Math.min(document.querySelector(".room-moves").getBoundingClientRect().top, innerHeight);
  const cut = last.getBoundingClientRect().bottom > visible + 1;
  document.querySelector(".more-below").toggleAttribute("hidden", !cut);
}

document.addEventListener("change", (event) => event.target.name === "show" && showCurrentCell());
document.addEventListener("toggle", (event) => event.target.id === "sheet" && showCurrentCell(), true);
window.addEventListener("resize", showCurrentCell);
window.addEventListener("resize", showMoreBelow);
window.addEventListener("scroll", showMoreBelow, { passive: true });
const watch = new ResizeObserver(showMoreBelow); // another text size
document.addEventListener("room:question", () => {
  showCurrentCell();
  showMoreBelow();
  watch.disconnect();
  watch.observe(room());
});
