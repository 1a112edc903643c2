// The form that starts an exam. Its page has reserved the exam, so that sending it again leads to the same one.

import { postAgain } from "./post-again.js";

const form = document.querySelector("form[data-connecting]");
const button = form.querySelector("button");
const message = form.querySelector("[role=alert]");
const say = (words) => Object.assign(message, { textContent: words, hidden: !words });

const words = button.textContent;

function restore() {
  button.textContent = words;
  delete button.dataset.busy;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.dataset.busy) return;
  say("");
  if (!navigator.onLine) return say(form.dataset.away);
  button.dataset.busy = "yes";
  button.textContent = form.dataset.connecting;
  const reply = await postAgain(form, button, () => say(form.dataset.silent));
  const isStarted = reply?.headers.get("Content-Type") === "application/json";
  if (isStarted) return location.assign((await reply.json()).location);
  if (reply) return form.submit(); // that page says why it has not started
  restore();
});
window.addEventListener("pageshow", restore);
