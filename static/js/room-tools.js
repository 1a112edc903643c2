// Save notes while the candidate types. Apply and save text size, colors and shortcuts immediately.

import { enqueue } from "./room-answers.js";
import { markCell } from "./room-sheet.js";

const SAVE_NOTE_AFTER_MS = 900; // without a change
const room = () => document.getElementById("room");
let saveTimer = 0;

function send(values = {}) {
  if (room()) enqueue({ position: Number(room().dataset.position), values });
}

document.addEventListener("input", (event) => {
  if (event.target.name !== "note" && event.target.name !== "pad") return;
  event.target.dataset.dirty = "yes";
  markCell();
  clearTimeout(saveTimer);
  saveTimer = setTimeout(send, SAVE_NOTE_AFTER_MS);
});

// A note that opens is ready for writing: otherwise the words would go to the shortcuts.
document.addEventListener("click", (event) => {
  const dock = event.target.closest?.(".note-dock summary")?.parentElement;
  if (!dock || dock.open) return;
  event.preventDefault();
  dock.open = true;
  const note = dock.querySelector("textarea");
  note.focus({ preventScroll: true });
  note.scrollIntoView({ block: "center" });
});

document.addEventListener("change", (event) => {
  const { name, value } = event.target;
  const page = document.documentElement.dataset;
  if (name === "size") {
    page.size = value;
    send({ tools: "size" });
  } else if (name === "theme") {
    delete page.theme;
    delete page.contrast;
    if (value === "more") page.contrast = "more";
    else if (value) page.theme = value;
    send({ tools: "theme" });
  } else if (event.target.id === "keys-on") {
    page.keys = event.target.checked ? "on" : "off";
    send({ tools: "keys", keys: page.keys });
  }
});

document.addEventListener("room:prefer", (event) => send({ tools: "timer", ...event.detail }));
