/* Keeps what is typed as the author's own draft: 1.5 s after the last change; after a failure again every 10 s.
   One request at a time, or an older text that is slow on its way would take the place of a newer one. */
export function autosave(form) {
  const state = document.getElementById("save-state");
  let timer = 0,
    under = null,
    again = false;
  const cookie = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || "";

  const keep = async () => {
    if (under) {
      again = true;
      return;
    }
    under = new AbortController();
    let why = state.dataset.failed;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-CSRFToken": cookie() },
        signal: under.signal,
      });
      if (answer.redirected || answer.status === 403) why = state.dataset.out; // led to the sign-in, or the token is gone
      if (answer.status === 409) state.textContent = state.dataset.overtaken;
      else if (!answer.ok) throw new Error(String(answer.status));
      else state.textContent = `${state.dataset.stored} ${(await answer.json()).at}`;
    } catch {
      if (!under.signal.aborted) {
        state.textContent = why;
        timer = setTimeout(keep, 10000);
      }
    }
    under = null;
    if (!again) return;
    again = false;
    clearTimeout(timer);
    keep();
  };
  const later = (event) => {
    if (event.target.name?.startsWith("preview_")) return;
    clearTimeout(timer);
    timer = setTimeout(keep, 1500);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.id === "show-preview") return;
    clearTimeout(timer);
    again = false;
    under?.abort(); // what is saved needs no draft
  });
}
