// The map of topics as one stop of the Tab key: arrow keys move between bubbles, and a line names the current one.

const map = document.querySelector("[data-topic-map]");
const reading = document.querySelector("[data-map-reading]");

function show(bubble) {
  const rest = matchMedia("(hover: none)").matches ? reading.dataset.restTouch : reading.dataset.rest;
  reading.textContent = bubble ? bubble.title : rest;
  reading.classList.toggle("names-topic", Boolean(bubble));
}

/** Return the bubble in the next row of the picture, above (-1) or below (1), that is nearest to this one. */
function vertical(bubbles, current, direction) {
  const here = current.getBoundingClientRect();
  const others = bubbles
    .map((bubble) => ({ bubble, box: bubble.getBoundingClientRect() }))
    .filter(({ box }) => direction * (box.top - here.top) > here.height / 2);
  const distance = ({ box }) => Math.abs(box.top - here.top) * 100 + Math.abs(box.left - here.left);
  return others.toSorted((one, other) => distance(one) - distance(other))[0]?.bubble;
}

/** Open the table that has the row of the address, then go to the row. */
function openRow() {
  const row = location.hash.startsWith("#t-") && document.getElementById(location.hash.slice(1));
  const table = row && row.closest("details");
  if (table && !table.open) {
    table.open = true;
    row.scrollIntoView({ block: "center" });
  }
}

if (map && reading) {
  document.documentElement.classList.add("scripted");
  const bubbles = [...map.querySelectorAll("a")];
  const focusOn = (bubble) => {
    for (const other of bubbles) other.tabIndex = other === bubble ? 0 : -1;
    bubble.focus();
  };
  for (const [index, bubble] of bubbles.entries()) bubble.tabIndex = index === 0 ? 0 : -1;
  map.addEventListener("keydown", (event) => {
    const index = bubbles.indexOf(event.target);
    if (index < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const targets = {
      ArrowLeft: () => bubbles[index - 1],
      ArrowRight: () => bubbles[index + 1],
      ArrowUp: () => vertical(bubbles, event.target, -1),
      ArrowDown: () => vertical(bubbles, event.target, 1),
      Home: () => bubbles[0],
      End: () => bubbles.at(-1),
    };
    const target = targets[event.key]?.();
    if (target) focusOn(target);
    if (event.key in targets) event.preventDefault();
  });
  map.addEventListener("focusin", (event) => show(event.target.closest("a")));
  map.addEventListener("pointerover", (event) => show(event.target.closest("a")));
  map.addEventListener("pointerleave", () => show(null));
  show(null);
  addEventListener("hashchange", openRow);
  openRow();
}
