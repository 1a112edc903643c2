// Draw the question that is shown: its options, its note, the buttons below it, and the choice between two answers.

import { text } from "./room-messages.js";
import { exam, question, stateOf } from "./room-state.js";

const room = () => document.getElementById("room");
const place = () => document.getElementById("question");
export const boxes = () => [...room().querySelectorAll('[name="option"]')];
export const ticks = () =>
  boxes()
    .filter((box) => box.checked)
    .map((box) => Number(box.value));
const letters = (bits) =>
  [...room().querySelectorAll(".option")]
    .filter((option) => bits.includes(Number(option.querySelector("input").value)))
    .map((option) => option.querySelector(".bubble").textContent)
    .join(", ");
const renumber = (words) => words.replace(/\d+/, exam.position);

/** Put the question of this position on the page. `isFirst`: the server has put it there, and it may be in use. */
export function showQuestion({ isFirst = false } = {}) {
  const { position, html, note, revealed } = question();
  const isOther = Number(room().dataset.position) !== position;
  room().dataset.position = position;
  if (!isFirst) {
    place().innerHTML = html;
    document.title = renumber(document.title);
    const sure = room().querySelector(".sure");
    if (sure) sure.hidden = true; // it was asked about the question before
  }
  const [heading] = room().querySelector("h1").childNodes;
  heading.data = `${text("heading", { n: position })} `;
  labelOptions();
  const dock = room().querySelector(".note-dock");
  const field = room().elements.namedItem("note");
  dock.querySelector("summary").textContent = text("noteOn", { n: position });
  field.setAttribute("aria-label", text("noteOn", { n: position }));
  if (field !== document.activeElement) field.value = note.text;
  dock.open = note.text !== "" || (dock.open && !isOther);
  const isLast = position === Number(room().dataset.total);
  room().querySelector('[name="move"][value="previous"]').disabled = position === 1;
  for (const words of room().querySelectorAll(".next [data-at]"))
    words.hidden = (words.dataset.at === "end") !== isLast;
  room().querySelector('[name="flag"]').hidden = Boolean(revealed);
  drawQuestion();
}

function labelOptions() {
  // Label the options with the question alone, not with the whole stem.
  const ask = place().querySelector("#stem .ask");
  if (!ask) return;
  ask.id = "ask";
  place().querySelector("fieldset").setAttribute("aria-labelledby", "ask");
}

/** Draw what the candidate has done to the question that is shown. */
export function drawQuestion() {
  const { ticked, struck, flagged, revealed, note } = question();
  for (const box of boxes()) {
    const option = box.closest(".option");
    const isStruck = struck.includes(Number(box.value));
    box.checked = ticked.includes(Number(box.value));
    option.classList.toggle("struck", isStruck);
    option.querySelector(".strike")?.setAttribute("aria-pressed", String(isStruck));
    const label = text(isStruck ? "struckLabel" : "plainLabel", { l: option.querySelector(".bubble").textContent });
    option.querySelector(".option-text .visually-hidden").textContent = label;
  }
  room().querySelector(".note-mark").hidden = note.text.trim() === "";
  const flag = room().querySelector('[name="flag"]');
  flag.setAttribute("aria-pressed", String(flagged));
  flag.value = flagged ? "off" : "on";
  const check = room().querySelector(".check-answer");
  const sure = room().querySelector(".sure");
  const canCheck = Boolean(check) && !revealed && boxes().length > 0;
  if (check) check.hidden = !canCheck || !sure.hidden;
  room().querySelector(".next").classList.toggle("primary", !canCheck);
  hint();
  showRefused();
}

/** Say how many options are selected, or `over` that there may be no more. */
export function hint({ over = false } = {}) {
  const line = document.getElementById("pick-hint");
  if (!line) return;
  line.classList.toggle("over", over);
  const { choose, ticked } = question();
  const words = text(over ? "over" : "hint", { n: choose, t: ticked.length });
  if (line.textContent !== words) line.textContent = words;
}

/** Practice: ask how sure the candidate is of a complete answer. */
export function askHowSure(isAsked) {
  const sure = room().querySelector(".sure");
  if (!sure || sure.hidden !== isAsked) return;
  sure.hidden = !isAsked;
  drawQuestion();
  if (!isAsked) return;
  sure.scrollIntoView({ block: "center" });
  sure.querySelector("legend").focus({ preventScroll: true });
}

export const isComplete = () => stateOf(question()) === "answered";

function showRefused() {
  // Another window has saved an answer to this question. Both are offered.
  const { refused, ticked } = question();
  const old = document.getElementById("refused");
  if (!refused) {
    old?.remove();
    return;
  }
  const [there, here] = [ticked, refused].map((bits) => letters(bits) || text("noAnswer"));
  const notice = old ?? document.createElement("div");
  Object.assign(notice, { id: "refused", className: "note warn" });
  notice.setAttribute("role", "alert");
  const line = document.createElement("p");
  line.textContent = text("refused", { t: there, h: here });
  const buttons = document.createElement("p");
  buttons.className = "row";
  for (const [name, bits, words] of [
    ["keep", ticked, text("keep", { l: there })],
    ["use", refused, text("use", { l: here })],
  ]) {
    const button = document.createElement("button");
    Object.assign(button, { className: "button small", name, value: bits.join(), textContent: words });
    buttons.append(button);
  }
  notice.replaceChildren(line, buttons);
  if (!old) place().before(notice);
}

/** After a check: the verdict, and the correct options too if the window has room for both. */
export function showVerdict() {
  room().querySelector(".verdict-line")?.scrollIntoView({ block: "start" });
  [...room().querySelectorAll(".option.right")].at(-1)?.scrollIntoView({ block: "nearest" });
}

function showMoreBelow() {
  // While any part of an option is behind the buttons below or outside of the window.
  const last = document.querySelector(".option:last-child");
  if (!last) return;
  const visible = Math.min(document.querySelector(".room-moves").getBoundingClientRect().top, innerHeight);
  const cut = last.getBoundingClientRect().bottom > visible + 1;
  document.querySelector(".more-below").toggleAttribute("hidden", !cut);
}

window.addEventListener("resize", showMoreBelow);
window.addEventListener("scroll", showMoreBelow, { passive: true });
new ResizeObserver(showMoreBelow).observe(place()); // another question, or another text size
