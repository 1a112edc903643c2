// Highlights in the stem and the options: select words, press Highlight. Stored by part as character offsets, so that
// any device can restore them: {stem: [[start, end]], <bit>: [[start, end]]}.

import { enqueue } from "./room-answers.js";

const GAP = 8; // px between the selection and the bar
const room = () => document.getElementById("room");
const bar = () => document.getElementById("mark-bar");
const parts = () => [...room().querySelectorAll("[data-part]")];
let marks = {};
let chosen = null; // {part, start, end}

function texts(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const textNodes = [];
  let start = 0;
  while (walker.nextNode()) {
    textNodes.push({ node: walker.currentNode, start, end: start + walker.currentNode.length });
    start += walker.currentNode.length;
  }
  return textNodes;
}

function draw() {
  for (const element of parts()) {
    for (const mark of element.querySelectorAll("mark")) mark.replaceWith(...mark.childNodes);
    element.normalize();
    for (const [from, to] of [...(marks[element.dataset.part] ?? [])].reverse()) drawOne(element, from, to);
  }
}

function drawOne(element, from, to) {
  for (const { node, start, end } of texts(element).reverse()) {
    if (end <= from || start >= to || !node.data.trim()) continue;
    const range = document.createRange();
    range.setStart(node, Math.max(from, start) - start);
    range.setEnd(node, Math.min(to, end) - start);
    range.surroundContents(document.createElement("mark"));
  }
}

function selected() {
  const selection = document.getSelection();
  if (!room() || !selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const element = parts().find((part) => part.contains(range.commonAncestorContainer));
  if (!element) return null;
  const before = document.createRange();
  before.selectNodeContents(element);
  before.setEnd(range.startContainer, range.startOffset);
  const start = before.toString().length;
  return { part: element.dataset.part, start, end: start + range.toString().length };
}

const isTouched = ([from, to]) => to >= chosen.start && from <= chosen.end;

function showBar() {
  bar().hidden = !chosen;
  if (!chosen) return;
  bar().querySelector('[value="clear"]').hidden = !(marks[chosen.part] ?? []).some(isTouched);
  // Below the selection, where touch screens show no menu of their own; above it if there is no room below.
  const words = document.getSelection().getRangeAt(0).getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = bar();
  const bottom = document.querySelector(".room-moves").getBoundingClientRect().top;
  const below = words.bottom + GAP + height <= Math.min(bottom, innerHeight);
  bar().style.top = `${Math.max(0, below ? words.bottom + GAP : words.top - GAP - height)}px`;
  bar().style.left = `${Math.max(GAP, Math.min(words.left, innerWidth - width - GAP))}px`;
}

function change(part, offsets) {
  marks = { ...marks, [part]: offsets.sort((a, b) => a[0] - b[0]) };
  if (!offsets.length) delete marks[part];
  const field = room().elements.namedItem("marks");
  field.value = field.dataset.stored = JSON.stringify(marks);
  draw();
  document.getSelection().removeAllRanges();
  enqueue({ position: Number(room().dataset.position), values: { marks: JSON.stringify(marks) } });
}

document.addEventListener("selectionchange", () => {
  chosen = selected();
  showBar();
});
window.addEventListener("scroll", () => chosen && showBar(), { passive: true });
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest("#mark-bar")) event.preventDefault(); // the click must not end the selection
});
document.addEventListener("click", (event) => {
  const action = event.target.closest("#mark-bar button")?.value;
  if (!action || !chosen) return;
  const { part, start, end } = chosen;
  const old = marks[part] ?? [];
  const apart = old.filter((mark) => !isTouched(mark));
  const touching = old.filter(isTouched).flat();
  change(part, action === "mark" ? [...apart, [Math.min(start, ...touching), Math.max(end, ...touching)]] : apart);
});
document.addEventListener("room:question", () => {
  chosen = null;
  bar().hidden = true;
  marks = JSON.parse(room().elements.namedItem("marks").dataset.stored || "{}");
  draw();
});
