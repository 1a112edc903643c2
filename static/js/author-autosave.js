/* Keeps what is typed as the author's own draft: 1.5 s after the last change; after a failure again every 10 s. */
export function autosave(form) {
  const state = document.getElementById("save-state");
  let timer = 0;
  const cookie = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || "";

  const keep = async () => {
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers: { "X-CSRFToken": cookie() } });
      if (answer.status === 409) state.textContent = state.dataset.overtaken;
      else if (!answer.ok) throw new Error(String(answer.status));
      else state.textContent = `${state.dataset.kept} ${(await answer.json()).at}`;
    } catch {
      state.textContent = state.dataset.failed;
      timer = setTimeout(keep, 10000);
    }
  };
  const later = (event) => {
    if (event.target.name?.startsWith("preview_")) return;
    clearTimeout(timer);
    timer = setTimeout(keep, 1500);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", (event) => { if (event.submitter?.id !== "show-preview") clearTimeout(timer); });
}
