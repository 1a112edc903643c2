/* Ctrl+S and Cmd+S press the Save button, also while typing in a field. */
export function saveKey(form) {
  const button = form.querySelector("#save");
  if (!button) return;
  addEventListener("keydown", (event) => {
    const held = event.ctrlKey !== event.metaKey && !event.altKey && !event.shiftKey;
    if (!held || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    if (!event.repeat) form.requestSubmit(button);
  });
}
