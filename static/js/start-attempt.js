// The forms that start an exam or a practice, known by the field with the attempt that their page has reserved
// (data-starts): sending one again leads to the same attempt.

import { postAgain } from "./post-again.js";

const { dataset: words } = document.getElementById("starts");
const labels = new Map(); // of the buttons that connect
const message = Object.assign(document.createElement("p"), { className: "note warn", role: "alert" });
let isAnswered = false; // by a page, for which the browser asks now

function say(button, sentence) {
  message.remove();
  message.textContent = sentence;
  if (sentence) button.after(message);
}

function restore() {
  for (const [button, label] of labels) button.replaceChildren(...label);
  labels.clear();
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (isAnswered || !form.querySelector("[data-starts]") || submitter?.name === "show") return; // that one starts nothing
  event.preventDefault();
  const button = submitter ?? form.querySelector("button");
  if (labels.size) return;
  say(button, "");
  if (!navigator.onLine) return say(button, words.away);
  labels.set(button, [...button.childNodes]);
  button.textContent = words.connecting;
  const reply = await postAgain(form, button, () => say(button, words.silent));
  const isStarted = reply?.headers.get("Content-Type") === "application/json";
  if (isStarted) return location.assign((await reply.json()).location);
  if (!reply) return restore();
  isAnswered = true;
  form.requestSubmit(button); // that page says why nothing has started
  isAnswered = false;
});
window.addEventListener("pageshow", ({ persisted }) => {
  restore();
  if (persisted && navigator.onLine) location.reload(); // what this page has reserved is started
});
