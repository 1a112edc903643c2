// What this browser keeps of a running attempt. Changes that the server has not acknowledged are in localStorage, so that
// a reload or a crash loses none. The paper is in sessionStorage: a reload of this tab shows it again without a
// connection, and no other tab, and nobody who opens this browser later, ever does. The cache of room-offline.js has
// the end of the exam in its name.

export const PREFIX = "mlsprep:";
const LATE_MS = 24 * 3600 * 1000; // answers that came too late are kept for a day: the exam may be reopened
export const GRACE_MS = 10_000;

/** Use storage; undefined where the browser forbids it, it is full, or has nonsense. */
function attempt(use) {
  try {
    return use();
  } catch {
    return undefined;
  }
}
const read = (storage, key) => attempt(() => JSON.parse(window[storage].getItem(key)));
const keysOf = (storage) => attempt(() => Object.keys(window[storage]).filter((key) => key.startsWith(PREFIX))) ?? [];

/** Return the store of one attempt of one candidate. */
export function openStore(uuid, candidate) {
  const prefix = `${PREFIX}${candidate}:${uuid}:`;
  let isCleared = false; // nothing is kept afterwards, also not what was about to be

  function write(storage, key, value) {
    if (!isCleared) window[storage].setItem(prefix + key, JSON.stringify(value));
    return true;
  }
  return {
    works: true, // else the last change is only on this page
    /** Keep a change until it is acknowledged. It contains the end of the exam by this browser's clock. */
    put(event) {
      this.works = attempt(() => write("localStorage", event.id, event)) ?? false;
    },
    drop: (id) => attempt(() => localStorage.removeItem(prefix + id)),
    events: () =>
      keysOf("localStorage")
        .filter((key) => key.startsWith(prefix))
        .map((key) => read("localStorage", key))
        .filter((event) => event?.id && event.kind)
        .sort((a, b) => a.at - b.at),
    /** Keep the paper for a reload of this tab. */
    keep: (paper) => attempt(() => write("sessionStorage", "paper", paper)),
    kept: () => read("sessionStorage", `${prefix}paper`),
    /** Delete what is kept of this attempt, except changes of the kind `but`. */
    clear({ but = "nothing" } = {}) {
      isCleared = true;
      return forget((key, value) => key.startsWith(prefix) && value?.kind !== but);
    },
  };
}

/** Delete what `isGone(key, value)` selects of all attempts in this browser, and the workers that would show it. */
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

/** Whether a kept value is over: its exam has ended, and of late answers the day after it too. */
export const isOver = (value) =>
  Boolean(value?.until) && Date.now() > value.until + (value.kind === "answer" ? LATE_MS : GRACE_MS);
