// Messages of the room. The page contains their texts. Those about answers that are not saved stay for long: they have
// a strip under the header, which covers nothing. Those about the time pass: they are shown at the lower edge, where
// they do not move other content.

const BOXES = { save: "strip", other: "strip", clock: "toast" }; // by the source of a message
const box = (source) => document.getElementById(BOXES[source]);
const owners = { strip: "", toast: "" };

export const text = (name, values = {}) =>
  Object.entries(values).reduce(
    (message, [key, value]) => message.replaceAll(`%${key}`, value),
    document.getElementById("messages").dataset[name] ?? "",
  );

export function showMessage(source, message, { alert = false, link = null } = {}) {
  // A message stays until its source hides it. Screen readers announce an alert immediately.
  const shown = box(source);
  if (owners[shown.id] === source && shown.dataset.message === message) return;
  owners[shown.id] = source;
  shown.dataset.message = message;
  shown.setAttribute("role", alert ? "alert" : "status");
  shown.textContent = message;
  if (link) {
    const a = document.createElement("a");
    Object.assign(a, { href: link.href, target: "_blank", rel: "noopener", textContent: link.text });
    shown.append(" ", a);
  }
  shown.hidden = false;
  measureStrip();
}

export function hideMessage(source) {
  const shown = box(source);
  if (!shown || owners[shown.id] !== source) return; // the exam may be over, and another page shown
  owners[shown.id] = "";
  shown.hidden = true;
  delete shown.dataset.message;
  measureStrip();
}

function measureStrip() {
  // What sticks below the header makes room for the strip.
  document.documentElement.style.setProperty("--strip", `${document.getElementById("strip")?.offsetHeight ?? 0}px`);
}
window.addEventListener("resize", measureStrip);
