// Highlights in the stem and the options: select words, press Highlight. Stored by part as character offsets, so that
// any device can restore them: {stem: [[start, end]], <bit>: [[start, end]]}.

import { exam, highlight, question } from "./room-state.js";

const GAP = 8; // px between the selection and the bar
const room = () => document.getElementById("room");
const bar = () => document.getElementById("mark-bar");
const parts = () => [...room().querySelectorAll("[data-part]")];
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

/** Draw the highlights of the question that is shown. */
export function drawMarks() {
  const { marks } = question();
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
  if (!bar()) return; // the exam is over, and another page shown
  bar().hidden = !chosen;
  if (!chosen) return;
  bar().querySelector('[value="clear"]').hidden = !(question().marks[chosen.part] ?? []).some(isTouched);
  // Below the selection, where touch screens show no menu of their own; above it if there is no room below.
  const words = document.getSelection().getRangeAt(0).getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = bar();
  const bottom = document.querySelector(".room-moves").getBoundingClientRect().top;
  const below = words.bottom + GAP + height <= Math.min(bottom, innerHeight);
  bar().style.top = `${Math.max(0, below ? words.bottom + GAP : words.top - GAP - height)}px`;
  bar().style.left = `${Math.max(GAP, Math.min(words.left, innerWidth - width - GAP))}px`;
}

/** Highlight the selected text, or remove the highlights that it touches. */
export function act(action) {
  chosen = selected(); // the event that tells of it may still be on its way
  if (!chosen) return;
  const { part, start, end } = chosen;
  const { [part]: old = [], ...others } = question().marks;
  const apart = old.filter((mark) => !isTouched(mark));
  const touching = old.filter(isTouched).flat();
  const added = action === "mark" ? [[Math.min(start, ...touching), Math.max(end, ...touching)]] : [];
  const offsets = [...apart, ...added].sort((a, b) => a[0] - b[0]);
  highlight(offsets.length ? { ...others, [part]: offsets } : others);
  drawMarks();
  document.getSelection().removeAllRanges();
}

document.addEventListener("selectionchange", () => {
  chosen = exam.questions.length ? selected() : null;
  showBar();
});
window.addEventListener("scroll", () => chosen && showBar(), { passive: true });
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest("#mark-bar")) event.preventDefault(); // the click must not end the selection
});
document.addEventListener("click", (event) => {
  const action = event.target.closest("#mark-bar button")?.value;
  if (action) act(action);
});
