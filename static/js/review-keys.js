/* Single keys of the reviewer: A approves, S goes to the comment. Off by a switch, and never while one types. */
const off = document.getElementById("keys");
if (off) {
  off.closest(".keys").hidden = false;
  off.checked = localStorage.getItem("review-keys") !== "off";
  off.addEventListener("change", () => localStorage.setItem("review-keys", off.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!off.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    const key = event.key.toLowerCase();
    if (key === "a") document.getElementById("approve-now").click();
    else if (key === "s") document.getElementById("text").focus();
    else return;
    event.preventDefault();
  });
}
