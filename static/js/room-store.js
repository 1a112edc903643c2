// Store answers that the server does not have yet in this browser, so that a reload or a crash loses none.
// Only positions, ticks, versions and seconds are stored, until the server has acknowledged them. `seen` marks a question
// that was left without a new answer: the server has yet to learn that it was shown.

const PREFIX = "mlsprep:";

export function storeFor(attempt, candidate) {
  const key = `${PREFIX}${candidate}:${attempt}`;
  let entries = read(key);

  function write() {
    try {
      if (Object.keys(entries).length) localStorage.setItem(key, JSON.stringify(entries));
      else localStorage.removeItem(key);
    } catch {
      // Without storage in this browser, the entries are lost with the page.
    }
  }
  return {
    put(position, entry) {
      entries = { ...entries, [position]: { ...entry, at: Date.now() } };
      write();
    },
    take(position) {
      const { [position]: _gone, ...rest } = entries;
      entries = rest;
      write();
    },
    see(position, version) {
      // The server has the answer, but does not know yet that the question was left.
      if (entries[position]) entries = { ...entries, [position]: { ...entries[position], version, seen: true } };
      write();
    },
    refuse(position) {
      // The server has a newer answer. Send this one again only when the candidate opens the question.
      entries = { ...entries, [position]: { ...entries[position], refused: true } };
      write();
    },
    get: (position) => entries[position],
    positions: () =>
      Object.keys(entries)
        .map(Number)
        .filter((position) => !entries[position].refused)
        .sort((a, b) => entries[a].at - entries[b].at),
    answers: () => Object.values(entries).filter((entry) => !entry.seen).length,
    clear() {
      entries = {};
      write();
    },
  };
}

export function forget(attempt) {
  // Delete the answers of one attempt; without an argument, those of all candidates in this browser.
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && (!attempt || key.endsWith(`:${attempt}`))) localStorage.removeItem(key);
    }
  } catch {
    // Without storage, nothing was stored.
  }
}

function read(key) {
  try {
    const entries = JSON.parse(localStorage.getItem(key) ?? "{}");
    return entries && typeof entries === "object" ? entries : {};
  } catch {
    return {};
  }
}
