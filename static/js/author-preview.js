/* Fills the frame with the question as typed. The frame is never navigated: that would flash, and go into Back. */
export function preview(form) {
  const frame = document.getElementById("preview");
  const button = document.getElementById("show-preview");
  let timer = 0,
    asked = 0;

  const show = async () => {
    const request = ++asked;
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer?.ok || request !== asked || !frame.contentDocument) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const card = page.getElementById("card");
    const place = frame.contentDocument.getElementById("card");
    if (!card || !place) return;
    place.replaceWith(card);
    frame.contentDocument.documentElement.dataset.theme = page.documentElement.dataset.theme || "";
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  button.hidden = true;
  frame.addEventListener("load", show);
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.getElementById("card")) show();
}
