// The clock of the timed pages around the room: the rules, the summary, the finish. When the time is over, they submit
// the exam, or load the page that does.

import { isTimeUp, synchronize } from "./room-clock.js";

const form = document.getElementById("room");
document.addEventListener("room:ask", async () => {
  const options = { cache: "no-store", signal: AbortSignal.timeout(5000) };
  const response = await fetch(form.dataset.clock, options).catch(() => null);
  if (response?.ok) {
    const { stands, now, deadline } = await response.json();
    if (stands) location.reload(); // paused, or held: the page says so
    else synchronize(now, deadline);
  } // else the counter of this page continues
  if (!isTimeUp()) return;
  const button = form.querySelector('[name="finish"]');
  if (button) button.click(); // leave-online.js asks whether the server responds
  else location.assign(form.dataset.over);
});
synchronize(Number(form.dataset.now), Number(form.dataset.deadline));
