/* Show the typed question in the frame. Navigating the frame would flash and add entries to the browser history. */
export function preview(form) {
  const frame = document.getElementById("preview");
  const button = document.getElementById("show-preview");
  let timer = 0,
    latestRequest = 0;

  const show = async () => {
    const request = ++latestRequest;
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer?.ok || request !== latestRequest || !frame.contentDocument) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const card = page.getElementById("card");
    const place = frame.contentDocument.getElementById("card");
    if (!card || !place) return;
    place.replaceWith(card);
    frame.contentDocument.documentElement.dataset.theme = page.documentElement.dataset.theme || "";
  };
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  };
  form.addEventListener("input", schedule);
  form.addEventListener("change", schedule);
  button.hidden = true;
  frame.addEventListener("load", show);
  if (frame.contentDocument?.readyState === "complete" && frame.contentDocument.getElementById("card")) show();
}
