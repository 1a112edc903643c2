// Messages of the room: the page has their texts, and a place for each source. None moves what is on the page.

const texts = { ...document.getElementById("messages").dataset };

/** Return the text with this name. For `n` of 0 or 1 there may be one of its own, as `awayNone` and `awayOne`. */
export function text(name, values = {}) {
  const message = texts[name + (["None", "One"][values.n] ?? "")] ?? texts[name] ?? "";
  return Object.entries(values).reduce((words, [key, value]) => words.replaceAll(`%${key}`, value), message);
}

/** Show a message of this source, none if it is empty. */
export function showMessage(source, message, link = null) {
  const box = document.getElementById(`message-${source}`);
  if (!box || box.dataset.message === message) return;
  box.dataset.message = message;
  box.textContent = message;
  if (link) box.append(" ", link.content.cloneNode(true));
  box.hidden = !message;
}
