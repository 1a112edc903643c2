// The end of a room: the exam is over, continues in another browser, or its data were deleted. Nothing more is sent.

import { hideMessage, showMessage, text } from "./room-messages.js";
import { urgent } from "./room-banner.js";
import { store } from "./room-state.js";
import { csrfToken } from "./room-sync.js";

/** Show why nothing more is sent. `reply` or `page` is what the server said. */
export function showEnd({ reply, page }) {
  if (page) showPage(new DOMParser().parseFromString(page, "text/html"));
  else if (reply.seat) showSeat(reply);
  else if (reply.status) showOver(reply);
  else showMessage("save", reply.message, { alert: true }); // another release: a reload sends what waits
}

function showPage(page) {
  store.clear();
  document.body.className = page.body.className;
  document.body.replaceChildren(...page.body.childNodes);
  focusHeading();
}

function showSeat({ message }) {
  // The message says what became of the last changes. Whoever uses this browser next finds nothing of the exam.
  store.clear();
  showTemplate("seat-taken", message);
}

function showOver(reply) {
  const isLost = urgent().length > 0;
  const n = urgent().filter(({ kind }) => kind === "answer").length;
  const isLate = reply.events.some(({ outcome }) => outcome === "late");
  const message = reply.events.find((each) => each.message)?.message;
  store.clear({ but: "answer" }); // an exam may be reopened for those who could not send in time
  if (isLost) showTemplate("over", isLate && n ? text("late", { n }) : message);
  else location.assign(document.getElementById("room").dataset.home);
}

function showTemplate(id, sentence) {
  const end = document.getElementById(id).content;
  const main = document.querySelector("main");
  end.querySelector("[data-sentence]").textContent = sentence;
  const token = end.querySelector("[name=csrfmiddlewaretoken]");
  if (token) token.value = csrfToken();
  hideMessage("save");
  hideMessage("other");
  document.title = `${end.querySelector("h1").textContent} · mlsprep`;
  for (const part of document.querySelectorAll(".room-bar, .ends, #mark-bar, #keys-help")) part.remove();
  document.body.className = "";
  main.className = "page";
  main.replaceChildren(end);
  focusHeading();
}

function focusHeading() {
  const heading = document.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}
