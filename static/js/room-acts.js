// What the candidate does with the question on the page: ticks, strike-outs, flags and the buttons of the form.

import { enqueue, go, keepAnswer, position, room, showState, showTicks, ticks } from "./room-answers.js";
import { text } from "./room-messages.js";
import { hint, markCell } from "./room-sheet.js";
import { countVisibleTime } from "./room-timing.js";

function answerChanged() {
  // The state is no longer "Saved", even before anything is sent.
  markCell();
  showState("none");
  countVisibleTime();
  keepAnswer();
}

document.addEventListener("change", (event) => {
  if (event.target.name !== "option" || event.target.form !== room()) return;
  const choose = Number(document.getElementById("pick-hint")?.dataset.choose ?? 0);
  if (choose && ticks().length > choose) {
    event.target.checked = false;
    hint({ over: true });
    return;
  }
  hint();
  answerChanged();
  const struck = event.target.checked && event.target.closest(".option.struck");
  enqueue({ position: position(), values: struck ? toggleStrike(struck) : {} });
});

function toggleStrike(option) {
  const struck = option.classList.toggle("struck");
  option.querySelector(".strike").setAttribute("aria-pressed", String(struck));
  const label = option.querySelector(".option-text .visually-hidden");
  label.textContent = text(struck ? "struckLabel" : "plainLabel", { l: option.querySelector(".bubble").textContent });
  const bits = [...room().querySelectorAll(".option.struck [name=option]")].map((box) => Number(box.value));
  return { strike: bits.reduce((mask, bit) => mask + 2 ** bit, 0) };
}

// Changes on the page are drawn immediately and saved in the background; only leaving the question is a move.
const STAYING = {
  flag(button) {
    const on = button.value === "on";
    button.setAttribute("aria-pressed", String(on));
    button.value = on ? "off" : "on";
    markCell({ flagged: on });
    return { flag: on ? "on" : "off" };
  },
  strike: (button) => toggleStrike(button.closest(".option")),
  use(button) {
    showTicks([...room().querySelectorAll('[name="option"]')].filter((box) => Number(button.value) & (1 << box.value)));
    button.closest(".note").remove();
    answerChanged();
    return {};
  },
  clear() {
    showTicks([]);
    answerChanged();
    return {};
  },
  tools: (button) => ({ tools: button.value }),
};

let clicks = 0; // in a row: the second one of a double click must not leave a second question
document.addEventListener("click", (event) => (clicks = event.detail), { capture: true });

document.addEventListener("submit", (event) => {
  if (event.target !== room() || !room().dataset.attempt) return;
  event.preventDefault();
  const button = event.submitter;
  if (button && STAYING[button.name]) enqueue({ position: position(), values: STAYING[button.name](button) });
  else if (!button || button.value === "stay") enqueue({ position: position() });
  else go({ [button.name]: button.value }, { again: clicks > 1 });
});
