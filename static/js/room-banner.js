// The save state in the bar, and the banner below it: one sentence about what is not saved and why.

import { ending, isTimeUp } from "./room-clock.js";
import { showMessage, text } from "./room-messages.js";
import { question, store, unsent } from "./room-state.js";

export const OK = "ok";

/** `trouble`: why the last request was not answered. `isLeaving`: the candidate wants to finish. */
export const connection = { trouble: OK, isLeaving: false, isClosed: false };

export const isAway = () => connection.trouble !== OK || !navigator.onLine;
/** What the candidate has done; visits alone may wait. */
export const urgent = () => [...unsent.values()].filter((event) => event.kind !== "visit");

export function showState(state) {
  const box = document.getElementById("save");
  if (!box || box.dataset.state === state) return; // the same, or the exam is over, and another page shown
  box.dataset.state = state;
  box.querySelector("span").textContent = text(state); // empty for "none"
}

export function showTrouble() {
  const { trouble } = connection;
  const n = urgent().length;
  const link = document.getElementById(`sign-in-${trouble}`); // there is one where signing in helps
  if (n) showState(link ? "unsavedUntilSignIn" : "unsaved");
  else showState("none");
  const reload = trouble === "away" && !navigator.serviceWorker?.controller ? ` ${text("noReload")}` : "";
  showMessage("save", text(sentence(n), { n, e: ending() }) + reload, link);
}

function sentence(n) {
  if (["session", "ended"].includes(connection.trouble)) return "session";
  if (isTimeUp()) return "lateAway";
  if (n && !store.works) return "awayOnPage";
  if (n && connection.trouble === "full") return "full";
  if (connection.isLeaving) return "awayFinish";
  return urgent().some((event) => event.kind === "check") ? "awayCheck" : "away";
}

/** Show the state of the question, while the server responds. */
export function showWell() {
  showMessage("save", "");
  if (!urgent().length) showState(question().version && !question().refused ? "saved" : "none");
}
