// What this browser keeps of the running attempt. Changes that the server has not acknowledged are in localStorage, so
// that a reload or a crash loses none. The paper is in sessionStorage: only a reload of this tab ever shows it again.

import { PREFIX, forget, isKeptLate, keysOf, read, tryTo } from "./forget.js";

const { candidate, attempt } = document.getElementById("room").dataset;
export const OWN = `${PREFIX}${candidate}:${attempt}:`; // how the names of all begin that is kept
export let works = true; // else the last change is only on this page
let isCleared = false; // nothing is kept afterwards, also not what was about to be

function write(storage, key, value) {
  if (!isCleared) window[storage].setItem(OWN + key, JSON.stringify(value));
  return true;
}

/** Keep a change until it is acknowledged. It contains the end of the exam by this browser's clock. */
export const put = (event) => (works = tryTo(() => write("localStorage", event.id, event)) ?? false);
/** Delete a change that needs no keeping, unless another window has put its own in the same place. */
export const drop = ({ id, at }) => read("localStorage", OWN + id)?.at === at && localStorage.removeItem(OWN + id);
export const events = () =>
  keysOf("localStorage")
    .map((key) => key.startsWith(OWN) && read("localStorage", key))
    .filter((event) => event?.id && event.kind)
    .sort((a, b) => a.at - b.at);

export const keep = (paper) => tryTo(() => write("sessionStorage", "paper", paper));
export const kept = () => read("sessionStorage", `${OWN}paper`);

/** Delete what is kept, except what may come too late if `isLate`. */
export function clear(isLate) {
  isCleared = true;
  return forget((key, value) => key.startsWith(OWN) && !(isLate && isKeptLate(value)));
}
