// The save state in the bar, and the banner below it: one sentence about what is not saved and why.

import { ending, isTimeUp } from "./room-clock.js";
import { showMessage, text } from "./room-messages.js";
import { question, rejected, unsent } from "./room-state.js";
import { works } from "./room-store.js";

export const OK = "ok";

/** `trouble`: why the last request was not answered; `isSlow`: the running one waits for long; `isLeaving`: to finish. */
export const connection = { trouble: OK, isSlow: false, isLeaving: false, isClosed: false };

/** What the candidate has done; visits alone may wait. */
export const urgent = () => [...unsent.values()].filter((event) => event.kind !== "visit");

/** Show whether the answer to this question is saved, and what the server has not, while it does not respond. */
export function showConnection(changes = {}) {
  const { trouble, isSlow, isClosed } = Object.assign(connection, changes);
  const box = document.getElementById("save");
  if (isClosed || !box) return; // the page says why
  const n = urgent().length;
  const link = document.getElementById(`sign-in-${trouble}`); // there is one where signing in helps
  const { position, version, refused } = question() ?? {}; // none before the paper is here
  const isSaved = version && !refused && ![unsent, rejected].some((events) => events.has(`answer-${position}`));
  const isUnsaved = n && (isSlow || trouble !== OK);
  const state = isUnsaved ? (link ? "unsavedUntilSignIn" : "unsaved") : isSaved ? "saved" : "none";
  if (box.dataset.state !== state) box.querySelector("span").textContent = text(state); // empty for "none"
  box.dataset.state = state;
  const reload = trouble === "away" && !navigator.serviceWorker?.controller ? ` ${text("noReload")}` : "";
  const [lost] = rejected.values();
  const refusal = lost ? text("rejected", { n: lost.position ?? 0 }) : "";
  showMessage("save", trouble === OK ? refusal : text(sentence(n), { n, e: ending() }) + reload, link);
}

function sentence(n) {
  if (["session", "ended"].includes(connection.trouble)) return "session";
  if (isTimeUp()) return "lateAway";
  if (n && !works) return "awayOnPage";
  if (n && connection.trouble === "full") return "full";
  if (connection.isLeaving) return "awayFinish";
  return urgent().some((event) => event.kind === "check") ? "awayCheck" : "away";
}
