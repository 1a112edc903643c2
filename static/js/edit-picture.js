/* Insert the Markdown of an uploaded picture into the text that was edited last. */
export function pictures(form) {
  const result = document.getElementById("picture-result");
  let target = form.querySelector("textarea");

  form.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLTextAreaElement) target = event.target;
  });
  result?.addEventListener("htmx:afterSwap", () => {
    const markdown = result.querySelector("[data-markdown]");
    if (!markdown || !target?.isConnected) return;
    target.setRangeText(markdown.textContent, target.selectionStart, target.selectionEnd, "end");
    target.dispatchEvent(new Event("input", { bubbles: true }));
    result.querySelector("[data-inserted]").hidden = false;
  });
}
