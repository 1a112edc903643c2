/* Rows moved by their handle with mouse, pen or finger; Escape puts the row back.
   The others move around the dragged row: one that leaves the tree loses the pointer. */
const EDGE = 90; // px from the edge of the window where it scrolls

export function drag(list, done) {
  let row = null,
    before = [];

  const past = (over, step, place) => {
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
    if (!dropped) list.append(...before);
    done(moved, dropped);
  };

  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-drag]");
    if (!handle || event.button) return;
    event.preventDefault();
    row = handle.closest("li");
    before = [...list.children];
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
      if (below && lower) past(over, "nextElementSibling", "before");
      if (!below && !lower) past(over, "previousElementSibling", "after");
    }
    if (y < EDGE) scrollBy(0, -12);
    if (y > innerHeight - EDGE) scrollBy(0, 12);
  });
  list.addEventListener("pointerup", () => end(true));
  list.addEventListener("pointercancel", () => end(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end(false);
  });
}
