/* Insert the Markdown of an uploaded picture into the text that was edited last, which the form names. */
export function pictures(form) {
  const result = document.getElementById("picture-result");
  const hint = document.getElementById("picture-target");
  let target = form.querySelector("textarea");

  function name() {
    const row = target.closest(".option-row");
    const label = (target.labels[0]?.firstChild?.textContent || target.getAttribute("aria-label") || "").trim();
    const letter = row?.querySelector(".bubble")?.textContent.trim();
    return letter && !label.includes(letter) ? `${letter}: ${label}` : label;
  }
  function say() {
    if (!hint || !target?.isConnected) return;
    hint.textContent = hint.dataset.into.replace("{name}", name());
    hint.hidden = false;
  }

  form.addEventListener("focusin", (event) => {
    if (!(event.target instanceof HTMLTextAreaElement)) return;
    target = event.target;
    say();
  });
  say();
  result?.addEventListener("htmx:afterSwap", () => {
    const markdown = result.querySelector("[data-markdown]");
    if (!markdown || !target?.isConnected) return;
    target.setRangeText(markdown.textContent, target.selectionStart, target.selectionEnd, "end");
    target.dispatchEvent(new Event("input", { bubbles: true }));
    const inserted = result.querySelector("[data-inserted]");
    inserted.querySelector("[data-target]").textContent = name();
    inserted.hidden = false;
  });
}
