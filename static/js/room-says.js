// Says something at the lower edge of the room, where it moves nothing; the texts come from the page.

const box = () => document.getElementById("toast");
let owner = "";

export const text = (name, values = {}) =>
  Object.entries(values).reduce(
    (said, [key, value]) => said.replace(`%${key}`, value),
    document.getElementById("says").dataset[name] ?? "",
  );

export function say(who, message, { alert = false, link = null } = {}) {
  // A message stays until the same speaker takes it back; an alert is read aloud at once.
  const toast = box();
  if (owner === who && toast.dataset.message === message) return;
  owner = who;
  toast.dataset.message = message;
  toast.setAttribute("role", alert ? "alert" : "status");
  toast.textContent = message;
  if (link) {
    const a = document.createElement("a");
    Object.assign(a, { href: link.href, target: "_blank", rel: "noopener", textContent: link.text });
    toast.append(" ", a);
  }
  toast.hidden = false;
}

export function unsay(who) {
  if (owner !== who) return;
  owner = "";
  box().hidden = true;
  delete box().dataset.message;
}
