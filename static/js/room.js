// The exam room: load its modules, then announce the question on the page to them.

import "./room-clock.js";
import "./room-answers.js";
import "./room-acts.js";
import "./room-tools.js";
import "./room-keys.js";
import "./room-highlight.js";
import "./room-sheet.js";

document.addEventListener("room:question", () => {
  // Label the options with the question alone, not with the whole stem.
  const ask = document.querySelector("#stem .ask");
  if (!ask) return;
  ask.id = "ask";
  document.querySelector(".room-question fieldset").setAttribute("aria-labelledby", "ask");
});
document.dispatchEvent(new CustomEvent("room:question"));
