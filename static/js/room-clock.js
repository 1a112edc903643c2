// Shows the time left by the server's clock: the page says what time it was there and when the exam ends, and a
// monotonic counter does the rest, so a wrong or changed clock of this computer changes nothing.

const SAID = [30, 15, 5, 1]; // minutes at which the time is said aloud, once each
const timer = document.getElementById("timer");
let now = 0; // server's time in ms when the page was made
let at = 0; // this page's counter at that moment
const said = new Set();
let next = 0;

document.documentElement.classList.add("scripted");

function left() {
  const form = document.getElementById("room");
  return Number(form.dataset.deadline) - (now + performance.now() - at);
}

function synchronize() {
  const form = document.getElementById("room");
  if (!form) return;
  now = Number(form.dataset.now);
  at = performance.now();
}

function show() {
  const form = document.getElementById("room");
  clearTimeout(next);
  if (!form || !timer) return;
  const ms = Math.max(0, left());
  const seconds = Math.ceil(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  timer.querySelector('[role="timer"]').textContent = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  timer.classList.toggle("soon", seconds <= 1800 && seconds > 300);
  timer.classList.toggle("last", seconds <= 300 && seconds > 60);
  timer.classList.toggle("final", seconds <= 60);
  const minutes = SAID.find((mark) => seconds <= mark * 60 && seconds > mark * 60 - 5);
  if (minutes && !said.has(minutes)) {
    said.add(minutes);
    document.getElementById("time-said").textContent = timer.dataset[`said${minutes}`];
  }
  if (seconds <= 0) over(form);
  else next = setTimeout(show, 1000 - ((now + performance.now() - at) % 1000) + 5);
}

function over(form) {
  // In the room the last tick goes along with the finish; other pages hand in if they can, or lead there.
  const finish = form.querySelector('[name="finish"]');
  if (finish) form.requestSubmit(finish);
  else location.assign(form.dataset.over);
}

synchronize();
document.body.addEventListener("htmx:afterSwap", synchronize);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && show());
show();
