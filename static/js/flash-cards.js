// The keys of a flash card: Space turns it, 1 to 4 rate it once it is turned, U takes the last rating back.

import { isLeftToBrowser } from "./keys.js";

const back = document.getElementById("back");
const undo = document.getElementById("undo");

document.addEventListener("keydown", (event) => {
  if (event.repeat || isLeftToBrowser(event)) return;
  if (undo && event.key.toLowerCase() === "u") {
    event.preventDefault();
    undo.click();
  }
  if (!back) return;
  const rating = back.open && back.querySelector(`[name=rating][value="${CSS.escape(event.key)}"]`);
  if (rating) {
    event.preventDefault();
    rating.click();
  } else if (event.key === " " && !event.target.closest("a, button, summary")) {
    event.preventDefault();
    back.open = !back.open;
    back.querySelector("summary").focus();
  }
});
