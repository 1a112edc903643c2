// On every page: delete what this browser keeps of attempts of another candidate, and of exams that are over.

const owners = document.querySelector('meta[name="owners"]').content.split(" ").filter(Boolean);
const isKept = (key) => key.startsWith("mlsprep:");

async function keys() {
  try {
    return [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...((await window.caches?.keys()) ?? [])];
  } catch {
    return []; // nothing can be kept here
  }
}

if ((await keys()).some(isKept)) {
  const { forget, isOver } = await import("./forget.js");
  // Somebody who is signed out may be about to sign in again.
  await forget((key, kept) => isOver(kept) || (owners.length && !owners.includes(key.split(":")[1])));
}
