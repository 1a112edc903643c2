// Questions that are shown without waiting for the server: the one that came ahead with the last move, and those that
// this page has shown before. They are the forms of the room, without tools and answer sheet, which all questions share.

const papers = new Map(); // by position
const room = () => document.getElementById("room");
const positionOf = (form) => Number(form.dataset.position);

export const paper = (position) => papers.get(position);
export const isAhead = (position) => papers.get(position)?.dataset.ahead === "yes";
export const drop = (position) => papers.delete(position);

export const haveEditedNote = () => [...papers.values()].some((form) => form.elements.namedItem("note")?.dataset.dirty);

export function keep(form) {
  // The question was replaced by another one. It can be shown again while the server does not respond.
  for (const shared of form.querySelectorAll("#tools, #sheet")) shared.remove();
  delete form.elements.namedItem("note").dataset.dirty; // stored with the move
  papers.set(positionOf(form), form);
}

export function keepAhead(form) {
  // Take the question after this one out of a form that the server has sent.
  const template = form.querySelector("template.question-ahead");
  if (!template) return;
  const ahead = template.content.querySelector("form");
  template.remove();
  const position = positionOf(ahead);
  const wasShown = papers.has(position) && !isAhead(position);
  if (wasShown || position === positionOf(room())) return;
  papers.set(position, ahead);
  // A form in memory loads no pictures. Load them while there is a connection; the cache keeps them.
  for (const picture of ahead.querySelectorAll("img")) new Image().src = picture.getAttribute("src");
}

export function show(position) {
  // Put a question from memory on the page. Tools and answer sheet stay; the question that is left is kept.
  const [left, shown] = [room(), papers.get(position)];
  const [tools, sheet] = ["tools", "sheet"].map((id) => document.getElementById(id));
  const scrolled = sheet.querySelector(".sheet").scrollTop;
  delete shown.dataset.ahead;
  shown.querySelector(".room-question").after(tools);
  shown.append(sheet);
  left.replaceWith(shown);
  papers.delete(position);
  papers.set(positionOf(left), left);
  sheet.querySelector('.cell[aria-current="step"]')?.removeAttribute("aria-current");
  sheet.querySelector(`.cell[value="${position}"]`)?.setAttribute("aria-current", "step");
  sheet.querySelector(".sheet").scrollTop = scrolled;
}
