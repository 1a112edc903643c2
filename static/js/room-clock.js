// Show the remaining time by the server's clock. The page contains the server time and the deadline, and a monotonic
// counter measures the time since then, so a wrong or changed clock of this computer has no effect.

import { hideMessage, showMessage, text } from "./room-messages.js";

const ANNOUNCE_AT_MINUTES = [30, 15, 5, 1]; // each is announced once
const SYNC_EVERY_MS = 60_000;
const STALLED_AFTER_MS = 4000; // without an update of the timer
const SHOW_AGAIN_SECONDS = 300; // remaining; then a hidden timer is shown again
const timer = document.getElementById("timer");
const announced = new Set();
let serverMs = Date.now(); // the server time at the last synchronization
let counterMs = performance.now(); // the counter of this page at that moment
let deadline = 0;
let nextTick = 0;
let timeIsUp = false;
let lastTick = Date.now();

const form = () => document.getElementById("room");
const isAt = (mark, seconds) => seconds <= mark * 60 && seconds > mark * 60 - 5;
/** The time of the server, in epoch milliseconds. */
export const serverNow = () => Math.round(serverMs + performance.now() - counterMs);
const leftMs = () => deadline - serverNow();
/** The end of the exam by the clock of this computer. */
export const untilHere = () => Date.now() + leftMs();
export const hour = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
/** When the exam ends, as "14:32". */
export const ending = () => hour(Date.now() + leftMs());
/** What a reload without a connection needs to go on: how far the server is ahead of this computer, and the deadline. */
export const keptClock = () => ({ ahead: serverNow() - Date.now(), deadline });

document.documentElement.classList.add("scripted");

export function synchronize(serverNowMs, serverDeadline) {
  if (deadline && serverDeadline !== deadline) {
    const minutes = Math.round((serverDeadline - deadline) / 60_000);
    const end = hour(Date.now() + serverDeadline - serverNowMs);
    showMessage("clock", text(minutes < 0 ? "lessTime" : "allowance", { m: Math.abs(minutes), e: end }));
    setTimeout(() => hideMessage("clock"), 20_000);
  }
  serverMs = serverNowMs;
  counterMs = performance.now();
  deadline = serverDeadline;
  show();
}

function fromPage() {
  const [now, end] = [Number(form().dataset.now), Number(form().dataset.deadline)];
  // The whole time of an exam that has just started is not announced.
  for (const mark of ANNOUNCE_AT_MINUTES) if (isAt(mark, (end - now) / 1000)) announced.add(mark);
  synchronize(now, end);
}

async function fromServer() {
  if (!form()?.dataset.clock) return;
  const sent = performance.now();
  try {
    const answer = await fetch(form().dataset.clock, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) return;
    const clock = await answer.json();
    if (clock.stands) location.reload(); // paused, or held: the page says so
    else if (!clock.open && form().dataset.attempt) document.dispatchEvent(new CustomEvent("room:over"));
    else synchronize(clock.now + (performance.now() - sent) / 2, clock.deadline);
  } catch {
    // No response: the counter of this page continues.
  }
}

function show() {
  clearTimeout(nextTick);
  if (!form() || !timer) return;
  // After a frozen tab or a suspended laptop, the counter may have stopped too, so ask the server.
  if (Math.abs(Date.now() - lastTick) > STALLED_AFTER_MS) fromServer();
  lastTick = Date.now();
  const seconds = Math.ceil(Math.max(0, leftMs()) / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  const hidden = timer.dataset.hidden === "yes" && seconds > SHOW_AGAIN_SECONDS;
  timer.classList.toggle("hidden", hidden);
  const face = timer.querySelector('[role="timer"]');
  face.textContent = hidden ? text("timeHidden") : h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  const button = timer.querySelector("button");
  if (button) {
    button.hidden = seconds <= SHOW_AGAIN_SECONDS;
    button.textContent = text(hidden ? "show" : "hide");
  }
  timer.classList.toggle("soon", !hidden && seconds <= 1800 && seconds > 300);
  timer.classList.toggle("last", seconds <= 300 && seconds > 60);
  timer.classList.toggle("final", seconds <= 60);
  const minutes = ANNOUNCE_AT_MINUTES.find((mark) => isAt(mark, seconds));
  if (minutes && !announced.has(minutes)) announce(minutes);
  if (seconds <= 0) finish();
  else nextTick = setTimeout(show, 1000 - (serverNow() % 1000) + 5);
}

function announce(minutes) {
  announced.add(minutes);
  const open = document.querySelectorAll(".sheet .cell:not(.answered)").length;
  const rest = document.querySelector(".sheet") && open ? ` ${text("open", { n: open })}` : "";
  showMessage("clock", text(minutes === 1 ? "minute" : "minutes", { m: minutes }) + rest);
  setTimeout(() => hideMessage("clock"), 15_000);
}

async function finish() {
  // Ask the server first: extra time may have been granted in the last minute. Then the room sends the last tick with
  // the finish; other pages submit if they have the button, or load the page that does.
  if (timeIsUp) return;
  timeIsUp = true;
  await fromServer();
  if (leftMs() > 0) {
    timeIsUp = false;
    show();
    return;
  }
  if (form().dataset.attempt) document.dispatchEvent(new CustomEvent("room:time-up"));
  else if (form().querySelector('[name="finish"]')) form().requestSubmit(form().querySelector('[name="finish"]'));
  else location.assign(form().dataset.over);
}

timer?.querySelector("button")?.addEventListener("click", () => {
  const hidden = timer.dataset.hidden !== "yes";
  timer.dataset.hidden = hidden ? "yes" : "no";
  document.dispatchEvent(new CustomEvent("room:prefer", { detail: { name: "timer", value: !hidden } }));
  show();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  show();
  fromServer();
});
setInterval(() => performance.now() - counterMs > SYNC_EVERY_MS - 1000 && fromServer(), SYNC_EVERY_MS);
if (form()?.dataset.now) fromPage();
