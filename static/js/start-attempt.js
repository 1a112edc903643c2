// The forms that start an exam or a practice (data-starts). Their page has reserved the attempt, so that sending one again
// leads to the same attempt.

import { postAgain } from "./post-again.js";

const { dataset: words } = document.getElementById("starts");
const labels = new Map(); // of the buttons that connect

function say(form, sentence) {
  const message = form.querySelector("[role=alert]") ?? form.appendChild(document.createElement("p"));
  Object.assign(message, { className: "note warn", role: "alert", textContent: sentence, hidden: !sentence });
}

function restore() {
  for (const [button, label] of labels) button.replaceChildren(...label);
  labels.clear();
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!("starts" in form.dataset) || submitter?.name) return; // its other button starts nothing
  event.preventDefault();
  const button = submitter ?? form.querySelector("button");
  if (labels.size) return;
  say(form, "");
  if (!navigator.onLine) return say(form, words.away);
  labels.set(button, [...button.childNodes]);
  button.textContent = words.connecting;
  const reply = await postAgain(form, button, () => say(form, words.silent));
  const isStarted = reply?.headers.get("Content-Type") === "application/json";
  if (isStarted) return location.assign((await reply.json()).location);
  if (reply) return form.submit(); // that page says why nothing has started
  restore();
});
window.addEventListener("pageshow", ({ persisted }) => {
  restore();
  if (persisted && navigator.onLine) location.reload(); // what this page has reserved is started
});
