// Messages at the lower edge of the room, where they do not move other content. The page contains their texts.

const toast = () => document.getElementById("toast");
let owner = "";

export const text = (name, values = {}) =>
  Object.entries(values).reduce(
    (message, [key, value]) => message.replaceAll(`%${key}`, value),
    document.getElementById("messages").dataset[name] ?? "",
  );

export function showMessage(source, message, { alert = false, link = null } = {}) {
  // A message stays until its source hides it. Screen readers announce an alert immediately.
  const box = toast();
  if (owner === source && box.dataset.message === message) return;
  owner = source;
  box.dataset.message = message;
  box.setAttribute("role", alert ? "alert" : "status");
  box.textContent = message;
  if (link) {
    const a = document.createElement("a");
    Object.assign(a, { href: link.href, target: "_blank", rel: "noopener", textContent: link.text });
    box.append(" ", a);
  }
  box.hidden = false;
}

export function hideMessage(source) {
  if (owner !== source) return;
  owner = "";
  toast().hidden = true;
  delete toast().dataset.message;
}
