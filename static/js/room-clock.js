// Show the remaining time by the server's clock. The page contains the server time and the deadline, and a monotonic
// counter measures the time since then, so a wrong or changed clock of this computer has no effect. The replies to what
// the room sends have both too; where nothing was sent for a minute, and on other pages, this module asks.

import { hideMessage, showMessage, text } from "./room-messages.js";

const ANNOUNCED_MINUTES = [30, 15, 5, 1]; // remaining
const ASK_EVERY_MS = 60_000;
const STALLED_AFTER_MS = 4000; // without an update of the timer
const SHOW_AGAIN_SECONDS = 300; // remaining; then a hidden timer is shown again
const timer = document.getElementById("timer");
const toggle = timer?.querySelector("button");
let serverMs = Date.now(); // the server time at the last synchronization
let counterMs = performance.now(); // the counter of this page at that moment
let deadline = 0;
let nextTick = 0;
let lastTick = Date.now();
let lastSeconds = 1; // that were shown as remaining; nothing is announced of a time that is new

const form = () => document.getElementById("room");
/** The time of the server, in epoch milliseconds. */
export const serverNow = () => Math.round(serverMs + performance.now() - counterMs);
const leftMs = () => deadline - serverNow();
export const isTimeUp = () => leftMs() <= 0;
/** The end of the exam by the clock of this computer. */
export const untilHere = () => Date.now() + leftMs();
/** When the exam ends, as "14:32". */
export const ending = () => new Date(untilHere()).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
/** What a reload without a connection needs to go on: how far the server is ahead of this computer, and the deadline. */
export const keptClock = () => ({ ahead: serverNow() - Date.now(), deadline });

document.documentElement.classList.add("scripted");

export function synchronize(serverNowMs, serverDeadline) {
  const minutes = deadline ? Math.round((serverDeadline - deadline) / 60_000) : 0;
  serverMs = serverNowMs;
  counterMs = performance.now();
  deadline = serverDeadline;
  if (minutes) {
    lastSeconds = 1;
    announce(text(minutes < 0 ? "lessTime" : "allowance", { m: Math.abs(minutes), e: ending() }));
  }
  show();
}

async function ask() {
  if (!form()) return; // the exam is over, and another page shown
  if (form().dataset.attempt) {
    document.dispatchEvent(new CustomEvent("room:ask"));
    return;
  }
  const options = { cache: "no-store", signal: AbortSignal.timeout(5000) };
  const response = await fetch(form().dataset.clock, options).catch(() => null);
  if (!response?.ok) return; // the counter of this page continues
  const clock = await response.json();
  if (clock.stands) location.reload(); // paused, or held: the page says so
  else synchronize(clock.now, clock.deadline);
}

function show() {
  clearTimeout(nextTick);
  if (!form() || !timer) return; // the exam is over, and another page shown
  // After a frozen tab or a suspended laptop, the counter may have stopped too, so ask the server.
  if (Math.abs(Date.now() - lastTick) > STALLED_AFTER_MS) ask();
  lastTick = Date.now();
  const seconds = Math.ceil(Math.max(0, leftMs()) / 1000);
  draw(seconds);
  if (ANNOUNCED_MINUTES.some((mark) => lastSeconds > mark * 60 && seconds <= mark * 60)) {
    const open = document.querySelectorAll(".sheet .cell:not(.answered)").length;
    announce(text("minutes", { n: Math.ceil(seconds / 60) }) + (open ? ` ${text("open", { n: open })}` : ""));
  }
  if (seconds > 0) nextTick = setTimeout(show, 1000 - (serverNow() % 1000) + 5);
  else if (lastSeconds > 0) end();
  lastSeconds = seconds;
}

function draw(seconds) {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  const isHidden = timer.dataset.hidden === "yes" && seconds > SHOW_AGAIN_SECONDS;
  const time = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  timer.querySelector('[role="timer"]').textContent = isHidden ? text("timeHidden") : time;
  timer.classList.toggle("hidden", isHidden);
  timer.classList.toggle("soon", !isHidden && seconds <= 1800 && seconds > 300);
  timer.classList.toggle("last", seconds <= 300 && seconds > 60);
  timer.classList.toggle("final", seconds <= 60);
  if (toggle)
    Object.assign(toggle, { hidden: seconds <= SHOW_AGAIN_SECONDS, textContent: text(isHidden ? "show" : "hide") });
}

function announce(words) {
  showMessage("clock", words);
  setTimeout(() => hideMessage("clock"), 20_000);
}

/** Ask first: extra time may have been granted. Then the room finishes; other pages submit, or load the page that does. */
async function end() {
  await ask();
  if (!isTimeUp() || form().dataset.attempt) return;
  const button = form().querySelector('[name="finish"]');
  if (button) form().requestSubmit(button);
  else location.assign(form().dataset.over);
}

toggle?.addEventListener("click", () => {
  const isHidden = timer.dataset.hidden !== "yes";
  timer.dataset.hidden = isHidden ? "yes" : "no";
  document.dispatchEvent(new CustomEvent("room:prefer", { detail: { name: "timer", value: !isHidden } }));
  show();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || !deadline) return;
  show();
  ask();
});
setInterval(() => performance.now() - counterMs > ASK_EVERY_MS - 1000 && deadline && ask(), ASK_EVERY_MS);
if (form()?.dataset.now) {
  const [now, until] = [Number(form().dataset.now), Number(form().dataset.deadline)];
  synchronize(now, until);
}
