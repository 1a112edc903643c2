// Highlights in the stem and the options: select words, press Highlight. Stored by part as character offsets, so that
// any device can restore them: {stem: [[start, end]], <bit>: [[start, end]]}.

import { shownQuestion } from "./room-view.js";
import { act, exam, question } from "./room-state.js";

const GAP = 8; // px between the selection and the bar
const bar = document.getElementById("mark-bar");
const drawn = new WeakMap(); // the highlights of a question as they are drawn
let chosen = null; // {part, start, end}

/** Draw the highlights of the question that is shown. */
export function drawMarks() {
  const { marks } = question();
  if (drawn.get(shownQuestion()) === marks) return;
  drawn.set(shownQuestion(), marks);
  for (const part of shownQuestion().querySelectorAll("[data-part]")) {
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
    const range = document.createRange();
    range.setStart(node, Math.max(from - start, 0));
    range.setEnd(node, Math.min(to - start, node.length));
    ranges.push(range);
  }
  for (const range of ranges) range.surroundContents(document.createElement("mark"));
}

function selected() {
  const selection = document.getSelection();
  if (!exam.position || !selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const { commonAncestorContainer: all } = range;
  const element = (all.closest ? all : all.parentElement).closest("[data-part]");
  if (!element) return null;
  const before = document.createRange();
  before.selectNodeContents(element);
  before.setEnd(range.startContainer, range.startOffset);
  const start = before.toString().length;
  return { part: element.dataset.part, start, end: start + range.toString().length };
}

const isTouched = ([from, to]) => to >= chosen.start && from <= chosen.end;

function showBar() {
  bar.hidden = !chosen;
  if (!chosen) return;
  bar.querySelector('[value="clear"]').hidden = !(question().marks[chosen.part] ?? []).some(isTouched);
  // Below the selection, where touch screens show no menu of their own; above it if there is no room below.
  const words = document.getSelection().getRangeAt(0).getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = bar;
  const bottom = document.querySelector(".room-moves").getBoundingClientRect().top;
  const below = words.bottom + GAP + height <= Math.min(bottom, innerHeight);
  bar.style.top = `${Math.max(0, below ? words.bottom + GAP : words.top - GAP - height)}px`;
  bar.style.left = `${Math.max(GAP, Math.min(words.left, innerWidth - width - GAP))}px`;
}

/** Highlight the selected text, or remove the highlights that it touches. */
function mark({ isAdded }) {
  chosen = selected(); // the event that tells of it may still be on its way
  if (!chosen) return;
  const { part, start, end } = chosen;
  const { [part]: old = [], ...others } = question().marks;
  const touching = old.filter(isTouched).flat();
  const added = isAdded ? [[Math.min(start, ...touching), Math.max(end, ...touching)]] : [];
  const offsets = [...old.filter((each) => !isTouched(each)), ...added].sort((a, b) => a[0] - b[0]);
  const marks = offsets.length ? { ...others, [part]: offsets } : others;
  act("highlight", { marks });
  document.getSelection().removeAllRanges();
}

document.addEventListener("selectionchange", () => {
  chosen = selected();
  showBar();
});
window.addEventListener("scroll", () => chosen && showBar(), { passive: true });
bar.addEventListener("pointerdown", (event) => event.preventDefault()); // the click must not end the selection
bar.addEventListener("click", ({ target }) => mark({ isAdded: target.value === "mark" }));
