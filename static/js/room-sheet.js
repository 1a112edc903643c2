// Filters of the navigator, and the hint that the question goes on below the fold.

let show = "all";

function filter() {
  const sheet = document.querySelector(".room-sheet");
  if (!sheet) return;
  sheet.querySelector(".sheet").dataset.show = show;
  for (const button of sheet.querySelectorAll(".sheet-filter button")) {
    button.setAttribute("aria-pressed", String(button.value === show));
  }
}

const watch = new IntersectionObserver(([entry]) => {
  document.querySelector(".more-below")?.toggleAttribute("hidden", entry.isIntersecting);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest(".sheet-filter button");
  if (!button) return;
  show = button.value;
  filter();
});
document.addEventListener("room:question", () => {
  filter();
  watch.disconnect();
  const last = document.querySelector(".option:last-child");
  if (last) watch.observe(last);
});
