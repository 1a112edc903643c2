// The keys of a flash card: Space turns it, 1 to 4 rate it once it is turned.

import { isLeftToBrowser } from "./keys.js";

const back = document.getElementById("back");

document.addEventListener("keydown", (event) => {
  if (!back || event.repeat || isLeftToBrowser(event)) return;
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
