// Highlights in the stem: select words, press Mark. Stored as character offsets, so any device can restore them.

import { enqueue } from "./room-answers.js";

const room = () => document.getElementById("room");
const stem = () => document.getElementById("stem");
const bar = () => document.getElementById("mark-bar");
let marks = [];
let chosen = null;

function texts() {
  const walker = document.createTreeWalker(stem(), NodeFilter.SHOW_TEXT);
  const textNodes = [];
  let start = 0;
  while (walker.nextNode()) {
    textNodes.push({ node: walker.currentNode, start, end: start + walker.currentNode.length });
    start += walker.currentNode.length;
  }
  return textNodes;
}

function draw() {
  for (const mark of stem().querySelectorAll("mark")) mark.replaceWith(...mark.childNodes);
  stem().normalize();
  for (const [from, to] of [...marks].reverse()) {
    for (const { node, start, end } of texts().reverse()) {
      if (end <= from || start >= to || !node.data.trim()) continue;
      const range = document.createRange();
      range.setStart(node, Math.max(from, start) - start);
      range.setEnd(node, Math.min(to, end) - start);
      range.surroundContents(document.createElement("mark"));
    }
  }
}

function selected() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed || !stem()) return null;
  const range = selection.getRangeAt(0);
  if (!stem().contains(range.commonAncestorContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(stem());
  before.setEnd(range.startContainer, range.startOffset);
  const start = before.toString().length;
  return [start, start + range.toString().length];
}

const apart = ([from, to]) => marks.filter(([start, end]) => end < from || start > to);

function change(next) {
  marks = next.sort((a, b) => a[0] - b[0]);
  room().elements.namedItem("marks").value = JSON.stringify(marks);
  draw();
  document.getSelection().removeAllRanges();
  enqueue({ position: Number(room().dataset.position), values: { marks: JSON.stringify(marks) } });
}

document.addEventListener("selectionchange", () => {
  chosen = selected();
  bar().hidden = !chosen;
});
document.addEventListener("click", (event) => {
  const action = event.target.closest("#mark-bar button")?.value;
  if (!action || !chosen) return;
  const touching = marks.filter(([start, end]) => end >= chosen[0] && start <= chosen[1]);
  const whole = [Math.min(chosen[0], ...touching.map((m) => m[0])), Math.max(chosen[1], ...touching.map((m) => m[1]))];
  change(action === "mark" ? [...apart(chosen), whole] : apart(chosen));
});
document.addEventListener("room:question", () => {
  if (!stem()) return;
  marks = JSON.parse(room().elements.namedItem("marks").dataset.stored || "[]");
  draw();
});
