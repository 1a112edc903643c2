// The save state in the bar, and the banner below it: one sentence about what is not saved and why.

import { ending, isTimeUp } from "./room-clock.js";
import { hideMessage, showMessage, text } from "./room-messages.js";
import { question, store, unsent } from "./room-state.js";

const CHECK_MARK = '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5 6.5 12 13 4.5"/></svg>';
export const OK = "ok";

/** `trouble`: why the last request was not answered. `isLeaving`: the candidate wants to finish. */
export const connection = { trouble: OK, isLeaving: false, isClosed: false };

export const isAway = () => connection.trouble !== OK || !navigator.onLine;
/** What the candidate has done; visits alone may wait. */
export const urgent = () => [...unsent.values()].filter((event) => event.kind !== "visit");

const isSignedOut = () => ["session", "ended"].includes(connection.trouble);

export function showState(state, words = state) {
  const box = document.getElementById("save");
  if (!box || box.dataset.state === words) return; // the same, or the exam is over, and another page shown
  box.dataset.state = words;
  box.classList.toggle("unsaved", state === "unsaved");
  box.innerHTML = state === "saved" ? CHECK_MARK : "";
  if (state !== "none") box.append(text(words));
}

export function showTrouble() {
  const { trouble } = connection;
  const n = urgent().length;
  showState(n ? "unsaved" : "none", isSignedOut() ? "unsavedUntilSignIn" : "unsaved");
  const { logIn, signIn } = document.getElementById("room").dataset;
  const link = isSignedOut() ? { href: trouble === "ended" ? logIn : signIn, text: text("signIn") } : null;
  const reload = trouble === "away" && !navigator.serviceWorker?.controller ? ` ${text("noReload")}` : "";
  showMessage("save", text(sentence(n), { n, e: ending() }) + reload, { alert: true, link });
}

function sentence(n) {
  if (isSignedOut()) return "session";
  if (isTimeUp()) return "lateAway";
  if (n && !store.works) return "awayOnPage";
  if (n && connection.trouble === "full") return "full";
  if (connection.isLeaving) return "awayFinish";
  return urgent().some((event) => event.kind === "check") ? "awayCheck" : "away";
}

export function showWell() {
  connection.trouble = OK;
  hideMessage("save");
  if (!urgent().length) showState(question().version && !question().refused ? "saved" : "none");
}
