/* Move rows by their handle with mouse, pen or finger; Escape restores the order.
   The other rows move around the dragged one, because a row that is removed from the tree loses the pointer. */
const SCROLL_EDGE_PX = 90; // from the edge of the window; a drag there scrolls

export function drag(list, done) {
  let row = null,
    oldOrder = [];

  const moveSiblings = (over, step, place) => {
    for (let sibling = null; sibling !== over;) {
      sibling = row[step];
      row[place](sibling);
    }
  };
  const end = (dropped) => {
    if (!row) return;
    const moved = row;
    row = null;
    moved.classList.remove("dragged");
    if (!dropped) list.append(...oldOrder);
    done(moved, dropped);
  };

  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-drag]");
    if (!handle || event.button) return;
    event.preventDefault();
    row = handle.closest("li");
    oldOrder = [...list.children];
    handle.setPointerCapture(event.pointerId);
    row.classList.add("dragged");
  });
  list.addEventListener("pointermove", (event) => {
    if (!row) return;
    const y = event.clientY;
    const box = (element) => element.getBoundingClientRect();
    const over = [...list.children].find(
      (other) => other !== row && !other.hidden && box(other).top < y && y < box(other).bottom,
    );
    if (over) {
      const below = row.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
      const lower = y > box(over).top + box(over).height / 2;
      if (below && lower) moveSiblings(over, "nextElementSibling", "before");
      if (!below && !lower) moveSiblings(over, "previousElementSibling", "after");
    }
    if (y < SCROLL_EDGE_PX) scrollBy(0, -12);
    if (y > innerHeight - SCROLL_EDGE_PX) scrollBy(0, 12);
  });
  list.addEventListener("pointerup", () => end(true));
  list.addEventListener("pointercancel", () => end(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end(false);
  });
}
