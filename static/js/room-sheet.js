// The answer sheet beside the question: the cell of this question, the filters, and the hints under the stem and
// about options below the visible part.

import { text } from "./room-messages.js";

let show = "all";

const room = () => document.getElementById("room");
const pickHint = () => document.getElementById("pick-hint");
const tickCount = () => room().querySelectorAll('[name="option"]:checked').length;
const isFlagged = () => room().querySelector('[name="flag"]').value === "off";

export function markCell({ flagged = isFlagged() } = {}) {
  const cell = room().querySelector('.cell[aria-current="step"]');
  const choose = Number(pickHint()?.dataset.choose ?? 1);
  const state = tickCount() === 0 ? "unanswered" : tickCount() < choose ? "incomplete" : "answered";
  cell.classList.remove("unanswered", "incomplete", "answered");
  cell.classList.add(state);
  cell.classList.toggle("flagged", flagged);
  const [name] = cell.getAttribute("aria-label").split(", ");
  cell.setAttribute("aria-label", [name, text(state), ...(flagged ? [text("flagged")] : [])].join(", "));
  const heading = document.getElementById("answered");
  heading.textContent = heading.textContent.replace(/\d+/, room().querySelectorAll(".sheet .cell.answered").length);
}

export function hint({ over = false } = {}) {
  if (!pickHint()) return;
  pickHint().classList.toggle("over", over);
  pickHint().textContent = text(over ? "over" : "hint", { n: pickHint().dataset.choose, t: tickCount() });
}

function filter() {
  const sheet = document.querySelector(".room-sheet");
  if (!sheet) return;
  sheet.querySelector(".sheet").dataset.show = show;
  for (const button of sheet.querySelectorAll(".sheet-filter button")) {
    button.setAttribute("aria-pressed", String(button.value === show));
  }
}

const watch = new IntersectionObserver(([entry]) => {
  document.querySelector(".more-below")?.toggleAttribute("hidden", entry.isIntersecting);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest(".sheet-filter button");
  if (!button) return;
  show = button.value;
  filter();
});
document.addEventListener("room:question", () => {
  filter();
  watch.disconnect();
  const last = document.querySelector(".option:last-child");
  if (last) watch.observe(last);
});
