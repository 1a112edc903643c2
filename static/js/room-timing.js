// Count how long the question has been visible, in the form field `seconds`.

const room = () => document.getElementById("room");
const seconds = () => room().elements.namedItem("seconds");

let countedMs = 0;
let visibleSince = null;

export function countVisibleTime() {
  if (!room()) return; // the exam is over, and another page is shown
  const now = performance.now();
  if (visibleSince !== null) countedMs += now - visibleSince;
  visibleSince = document.visibilityState === "visible" ? now : null;
  seconds().value = Math.round(countedMs / 1000);
}

export function restartVisibleTime() {
  countedMs = 1000 * Number(seconds().value);
  visibleSince = document.visibilityState === "visible" ? performance.now() : null;
}

document.addEventListener("visibilitychange", countVisibleTime);
