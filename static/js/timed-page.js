// The clock of the timed pages around the room: the summary, the finish, the form of a problem. When the time is over,
// they submit the exam, or load the page that does; without a connection they say so, and do it when it is back.

import { isTimeUp, synchronize } from "./room-clock.js";
import { showMessage, text } from "./room-messages.js";

const AGAIN_MS = 5000;
const form = document.getElementById("room");
let again = 0;
const ask = () => document.dispatchEvent(new CustomEvent("room:ask"));

document.addEventListener("room:ask", async () => {
  clearTimeout(again);
  const options = { cache: "no-store", signal: AbortSignal.timeout(5000) };
  const response = await fetch(form.dataset.clock, options).catch(() => null);
  if (response?.ok) {
    const { stands, now, deadline } = await response.json();
    if (stands) location.reload(); // paused, or held: the page says so
    else synchronize(now, deadline);
  } // else the counter of this page continues
  if (!isTimeUp()) return;
  if (!response || response.status >= 502) {
    again = setTimeout(ask, AGAIN_MS);
    return showMessage("save", text("timeUpAway"));
  }
  if (form.elements.text?.value) return showMessage("save", text("timeUpReport")); // of a problem: it is not lost
  const button = form.querySelector('[name="finish"]');
  if (button) button.click(); // leave-online.js asks whether the server responds
  else location.assign(form.dataset.over);
});
window.addEventListener("online", () => isTimeUp() && ask());
synchronize(Number(form.dataset.now), Number(form.dataset.deadline));
