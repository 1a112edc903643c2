// What this browser keeps of attempts, by names of PREFIX, candidate and attempt: changes that the server does not have in
// localStorage, the paper in sessionStorage, pages for a reload in a cache named by the end of the exam.

export const PREFIX = "mlsprep:";
export const GRACE_MS = 10_000;
const LATE_MS = 24 * 3600 * 1000; // what came too late waits for a day: the exam may be reopened

/** Use storage; undefined where it is forbidden, full, or nonsense. */
export function tryTo(use) {
  try {
    return use();
  } catch {
    return undefined;
  }
}
export const read = (storage, key) => tryTo(() => JSON.parse(window[storage].getItem(key)));
export const keysOf = (storage) =>
  tryTo(() => Object.keys(window[storage]).filter((key) => key.startsWith(PREFIX))) ?? [];

/** Delete what `isGone(key, value)` selects of all attempts, and the workers that would show it. */
export async function forget(isGone = () => true) {
  for (const storage of ["localStorage", "sessionStorage"]) {
    for (const key of keysOf(storage)) if (isGone(key, read(storage, key))) window[storage].removeItem(key);
  }
  for (const name of (await window.caches?.keys()) ?? []) {
    const [, , uuid, until] = name.split(":");
    if (!name.startsWith(PREFIX) || !isGone(name, { until: Number(until) })) continue;
    await caches.delete(name);
    for (const worker of await navigator.serviceWorker.getRegistrations()) {
      if (worker.scope.includes(uuid)) await worker.unregister();
    }
  }
}

export const isKeptLate = (value) => /^(answer|note|scratchpad)$/.test(value?.kind);

/** Whether a kept value is over: its exam has ended, of what is kept late a day ago. */
export const isOver = (value) =>
  Boolean(value?.until) && Date.now() > value.until + (isKeptLate(value) ? LATE_MS : GRACE_MS);
