/* The key S focuses the comment of a review; no key approves, because that publishes. A switch disables it. */
const toggle = document.getElementById("keys");
if (toggle) {
  toggle.closest(".keys").hidden = false;
  toggle.checked = localStorage.getItem("review-keys") !== "off";
  toggle.addEventListener("change", () => localStorage.setItem("review-keys", toggle.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    if (event.key.toLowerCase() !== "s") return;
    document.getElementById("text").focus();
    event.preventDefault();
  });
}
