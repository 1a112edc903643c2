// Show the remaining time by the server's clock: each reply has it, with the deadline, and a monotonic counter measures
// from then. Without one for five minutes (at last one, in a class 15 seconds) and at the end, it tells the page to ask.

import { clockTime } from "./local-times.js";
import { showMessage, text } from "./room-messages.js";

const ANNOUNCED_MINUTES = [30, 15, 5, 1]; // remaining
const LAST_MS = 600_000; // remaining; then the page asks sooner
const STALLED_AFTER_MS = 4000; // without an update of the timer
const SHOW_AGAIN_SECONDS = 300; // remaining; then a hidden timer is shown again
const STAGES = Object.entries({ 60: "final", 300: "last", 1800: "soon" }); // by the seconds that remain; sooner if short
const timer = document.getElementById("timer");
const toggle = timer?.querySelector("button");
let ahead = Date.now() - performance.now(); // the server time at the last reply, less the counter of this page
let deadline = 0;
let nextTick = 0;
let askedMs = 0; // the counter when this page asked last, or heard
let lastTick = Date.now();
let lastSeconds = 1; // that were shown as remaining; nothing is announced of a time that is new

/** The time of the server, in epoch milliseconds. */
export const serverNow = () => Math.round(ahead + performance.now());
const leftMs = () => deadline - serverNow();
export const isTimeUp = () => leftMs() <= 0;
/** The end of the exam by the clock of the server, and by that of this computer. */
export const ends = () => ({ deadline, until: Date.now() + leftMs() });
export const ending = () => clockTime(ends().until);
function ask() {
  askedMs = performance.now();
  document.dispatchEvent(new CustomEvent("room:ask"));
}
document.documentElement.classList.add("scripted");

export function synchronize(serverNowMs, serverDeadline) {
  const minutes = deadline ? Math.round((serverDeadline - deadline) / 60_000) : 0;
  askedMs = performance.now();
  ahead = serverNowMs - askedMs;
  deadline = serverDeadline;
  if (minutes) {
    lastSeconds = 1;
    announce(text(minutes < 0 ? "lessTime" : "allowance", { m: Math.abs(minutes), e: ending() }));
  }
  show();
}

function show() {
  clearTimeout(nextTick);
  if (!timer?.isConnected) return; // no limit, or the exam is over, and another page shown
  // After a frozen tab or a suspended laptop, the counter may have stopped too, so ask the server.
  const isStalled = Math.abs(Date.now() - lastTick) > STALLED_AFTER_MS;
  if (isStalled || performance.now() - askedMs > Number(timer.dataset[leftMs() < LAST_MS ? "askAtLast" : "ask"])) ask();
  lastTick = Date.now();
  const seconds = Math.ceil(Math.max(0, leftMs()) / 1000);
  draw(seconds);
  if (ANNOUNCED_MINUTES.some((mark) => lastSeconds > mark * 60 && seconds <= mark * 60)) {
    const open = document.querySelectorAll(".sheet .cell:not(.answered)").length;
    announce(text("minutes", { n: Math.ceil(seconds / 60) }) + (open ? ` ${text("open", { n: open })}` : ""));
  }
  if (seconds > 0) nextTick = setTimeout(show, 1000 - (serverNow() % 1000) + 5);
  else if (lastSeconds > 0) ask(); // extra time may have been granted
  lastSeconds = seconds;
}

function draw(seconds) {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  const isHidden = timer.dataset.hidden === "yes" && seconds > SHOW_AGAIN_SECONDS;
  const time = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  const stage = STAGES.find(([limit]) => seconds <= limit * timer.dataset.scale)?.[1] ?? "";
  timer.className = `timer ${isHidden ? "hidden" : stage}`;
  timer.querySelector('[role="timer"]').textContent = isHidden ? text("timeHidden") : time;
  if (!toggle) return;
  toggle.hidden = seconds <= SHOW_AGAIN_SECONDS;
  toggle.textContent = text(isHidden ? "show" : "hide");
}

function announce(words) {
  showMessage("clock", words);
  setTimeout(showMessage, 20_000, "clock", "");
}

toggle?.addEventListener("click", () => {
  const isHidden = timer.dataset.hidden !== "yes";
  timer.dataset.hidden = isHidden ? "yes" : "no";
  document.dispatchEvent(new CustomEvent("room:prefer", { detail: { name: "timer", value: !isHidden } }));
  show();
});
const look = () => deadline && !document.hidden && (ask(), show()); // another window may have gone on meanwhile
for (const type of ["focus", "visibilitychange"]) window.addEventListener(type, look);
