// The page of an exam that stands still: look every few seconds whether it goes on, and show it then.

const EVERY_MS = 10_000;
const page = document.querySelector("[data-clock]");

async function look() {
  try {
    const reply = await fetch(page.dataset.clock, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (reply.ok && !(await reply.json()).stands) location.assign(page.dataset.home);
  } catch {
    // No response: look again later.
  }
}

setInterval(look, EVERY_MS);
