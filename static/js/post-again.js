// Send a form whose repetition changes nothing, as the start and the end of an exam: when the reply is lost, send it again,
// to learn where the exam stands, instead of leaving the reader with an error page of the browser.

const AGAIN_MS = 2500;
const TIMES = 5; // then the reader decides: an exam must not start an hour later
const SILENT = [502, 504]; // from a proxy whose server does not respond; 503 says that it is busy, on a page

/** Return the reply, null if none came; call `tell` when the first is missing. It may be JSON. */
export async function postAgain(form, button, tell) {
  const body = new URLSearchParams(new FormData(form, button));
  for (let time = 1; time <= TIMES; time += 1) {
    const options = { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" };
    const signal = AbortSignal.timeout(30_000);
    const reply = await fetch(form.getAttribute("action"), { ...options, signal }).catch(() => null);
    if (reply && !SILENT.includes(reply.status)) return reply;
    tell();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
  return null;
}
