/* Keyboard shortcuts of the review: A approves, S focuses the comment. A switch disables them. */
const toggle = document.getElementById("keys");
if (toggle) {
  toggle.closest(".keys").hidden = false;
  toggle.checked = localStorage.getItem("review-keys") !== "off";
  toggle.addEventListener("change", () => localStorage.setItem("review-keys", toggle.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    const key = event.key.toLowerCase();
    if (key === "a") document.getElementById("approve-now").click();
    else if (key === "s") document.getElementById("text").focus();
    else return;
    event.preventDefault();
  });
}
