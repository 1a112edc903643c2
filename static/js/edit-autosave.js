/* Store the typed text as the author's autosaved edit, 1.5 s after the last change. After a failure, try again every
   10 s. Send one request at a time: a slow older one must not overwrite a newer text. */
export function autosave(form) {
  const state = document.getElementById("save-state");
  let timer = 0,
    request = null,
    changedMeanwhile = false;
  const cookie = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || "";

  const send = async () => {
    if (request) {
      changedMeanwhile = true;
      return;
    }
    request = new AbortController();
    let message = state.dataset.failed;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-CSRFToken": cookie() },
        signal: request.signal,
      });
      if (answer.redirected || answer.status === 403) message = state.dataset.out; // signed out, or an invalid token
      if (answer.status === 410) state.textContent = state.dataset.deleted;
      else if (answer.status === 409) state.textContent = state.dataset.overtaken;
      else if (!answer.ok) throw new Error(String(answer.status));
      else state.textContent = `${state.dataset.stored} ${(await answer.json()).at}`;
    } catch {
      if (!request.signal.aborted) {
        state.textContent = message;
        timer = setTimeout(send, 10000);
      }
    }
    request = null;
    if (!changedMeanwhile) return;
    changedMeanwhile = false;
    clearTimeout(timer);
    send();
  };
  const schedule = (event) => {
    if (event.target.name?.startsWith("preview_")) return;
    clearTimeout(timer);
    timer = setTimeout(send, 1500);
  };
  form.addEventListener("input", schedule);
  form.addEventListener("change", schedule);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.id === "show-preview") return;
    clearTimeout(timer);
    changedMeanwhile = false;
    request?.abort(); // saving deletes the autosaved edit
  });
}
