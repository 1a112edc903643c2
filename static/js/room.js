// The exam room: brings its behaviors together, then tells them which question is on the page.

import "./room-clock.js";
import "./room-answers.js";
import "./room-tools.js";
import "./room-keys.js";
import "./room-highlight.js";
import "./room-sheet.js";

document.dispatchEvent(new CustomEvent("room:question"));
