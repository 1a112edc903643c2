// Highlights in the question, stored by part as character offsets: {stem: [[start, end]], <bit>: [[start, end]]}.

import { act, exam, question } from "./room-state.js";

const GAP = 8; // px between the selection and the bar
const bar = document.getElementById("mark-bar");
const drawn = new WeakMap(); // the highlights of the element of a question as they are drawn

export function drawMarks(element, marks) {
  if (drawn.get(element) === marks) return;
  drawn.set(element, marks);
  for (const part of element.querySelectorAll("[data-part]")) {
    for (const old of part.querySelectorAll("mark")) old.replaceWith(...old.childNodes);
    part.normalize();
    for (const [start, end] of marks[part.dataset.part] ?? []) drawOne(part, start, end);
  }
}

function drawOne(part, from, to) {
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  const ranges = [];
  for (let start = 0; walker.nextNode(); start += walker.currentNode.length) {
    const node = walker.currentNode;
    if (start + node.length <= from || start >= to || !node.data.trim()) continue;
    const range = new Range();
    range.setStart(node, Math.max(from - start, 0));
    range.setEnd(node, Math.min(to - start, node.length));
    ranges.push(range);
  }
  for (const range of ranges) range.surroundContents(document.createElement("mark"));
}

/** Return the offsets of the selected words, and the highlights of their part: those that they touch, and the others. */
function selected() {
  const selection = document.getSelection();
  if (!exam.position || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const { commonAncestorContainer: all } = range;
  const part = (all.closest ? all : all.parentElement).closest("[data-part]");
  if (!part) return null;
  const before = new Range();
  before.selectNodeContents(part);
  before.setEnd(range.startContainer, range.startOffset);
  const start = String(before).length;
  const end = start + String(range).length;
  const isTouched = ([from, to]) => to >= start && from <= end;
  const old = question().marks[part.dataset.part] ?? [];
  const [touched, others] = [old.filter(isTouched), old.filter((each) => !isTouched(each))];
  return { part: part.dataset.part, start, end, touched, others };
}

function showBar() {
  const words = selected();
  bar.hidden = !words;
  if (!words) return;
  bar.querySelector('[value="clear"]').hidden = words.touched.length === 0;
  // Below the selection, where touch screens show no menu of their own; above it if there is no room below.
  const box = document.getSelection().getRangeAt(0).getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = bar;
  const bottom = document.getElementById("strip").getBoundingClientRect().top;
  const below = box.bottom + GAP + height <= Math.min(bottom, innerHeight);
  bar.style.top = `${Math.max(0, below ? box.bottom + GAP : box.top - GAP - height)}px`;
  bar.style.left = `${Math.max(GAP, Math.min(box.left, innerWidth - width - GAP))}px`;
}

function mark({ target }) {
  const { part, start, end, touched, others } = selected() ?? {};
  if (!part) return;
  const ends = [start, end, ...touched.flat()];
  const added = target.value === "mark" ? [[Math.min(...ends), Math.max(...ends)]] : [];
  const offsets = [...others, ...added].sort((a, b) => a[0] - b[0]);
  const marks = { ...question().marks, [part]: offsets.length ? offsets : undefined };
  act("highlight", { marks, step: [marks], start: [[question().marks]] });
  document.getSelection().removeAllRanges();
}

document.addEventListener("selectionchange", showBar);
window.addEventListener("scroll", () => bar.hidden || showBar(), { passive: true });
bar.addEventListener("pointerdown", (event) => event.preventDefault()); // the click must not end the selection
bar.addEventListener("click", mark);
