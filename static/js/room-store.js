// What this browser keeps of a running attempt. Changes that the server has not acknowledged are in localStorage, so that
// a reload or a crash loses none. The paper is in sessionStorage: a reload of this tab shows it again without a
// connection, and no other tab, and nobody who opens this browser later, ever does.

const PREFIX = "mlsprep:";
const LATE_MS = 24 * 3600 * 1000; // answers that came too late are kept for a day: the exam may be reopened
const GRACE_MS = 10_000;

/** An area of storage, or null where the browser forbids it. */
function area(name) {
  try {
    return window[name];
  } catch {
    return null;
  }
}
const keysOf = (storage) => (storage ? Object.keys(storage).filter((key) => key.startsWith(PREFIX)) : []);

function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

/** Return the store of one attempt of one candidate. */
export function openStore(attempt, candidate) {
  const prefix = `${PREFIX}${candidate}:${attempt}:`;
  const [local, tab] = [area("localStorage"), area("sessionStorage")];
  let works = true;
  let isCleared = false; // nothing is kept afterwards, also not what was about to be

  function write(storage, key, value) {
    if (isCleared) return false;
    try {
      storage.setItem(prefix + key, JSON.stringify(value));
      return true;
    } catch {
      return false; // full, or forbidden: the change is only on this page
    }
  }
  return {
    /** Keep a change until it is acknowledged. `until` is the end of the exam by this browser's clock. */
    put: (event, until) => {
      works = write(local, event.id, { ...event, until });
    },
    drop: (id) => local?.removeItem(prefix + id),
    events: () =>
      keysOf(local)
        .filter((key) => key.startsWith(prefix))
        .map((key) => read(local, key))
        .filter((event) => event?.id && event.kind)
        .sort((a, b) => a.at - b.at),
    works: () => works,
    /** Keep a part of the paper for a reload of this tab: a question by its position, or "exam". */
    keep: (part, value) => write(tab, part, value),
    kept: (part) => (tab ? read(tab, prefix + part) : null),
    /** Delete what is kept of this attempt, except changes of the kind `but`. */
    clear: ({ but } = {}) => {
      isCleared = true;
      return forget((key, value) => key.startsWith(prefix) && !(but && value?.kind === but));
    },
  };
}

/** Delete what `isGone(key, value)` selects of all attempts in this browser, and the workers that would show it. */
export async function forget(isGone = () => true) {
  for (const storage of [area("localStorage"), area("sessionStorage")]) {
    for (const key of keysOf(storage)) if (isGone(key, read(storage, key))) storage.removeItem(key);
  }
  const names = ((await area("caches")?.keys()) ?? []).filter((name) => name.startsWith(PREFIX));
  for (const name of names) {
    const attempt = name.split(":")[2];
    const workers = (await navigator.serviceWorker.getRegistrations()).filter(({ scope }) => scope.includes(attempt));
    const cache = await caches.open(name);
    const kept = await (
      await cache.matchAll()
    )
      .find(({ url, headers }) => !url && headers.get("Content-Type") === "application/json")
      ?.json();
    if (!isGone(`${name}:`, kept)) continue;
    await caches.delete(name);
    for (const worker of workers) await worker.unregister();
  }
}

/** Whether a kept value is over: its exam has ended, and of late answers the day after it too. */
export const isOver = (value) =>
  Boolean(value?.until) && Date.now() > value.until + (value.kind === "answer" ? LATE_MS : GRACE_MS);
