// The exam room: brings its behaviors together, then tells them which question is on the page.

import "./room-clock.js";
import "./room-answers.js";
import "./room-tools.js";
import "./room-keys.js";
import "./room-highlight.js";
import "./room-sheet.js";

document.addEventListener("room:question", () => {
  // The options are named by the question itself, not by the whole stem.
  const ask = document.querySelector("#stem .ask");
  if (!ask) return;
  ask.id = "ask";
  document.querySelector(".room-question fieldset").setAttribute("aria-labelledby", "ask");
});
document.dispatchEvent(new CustomEvent("room:question"));
