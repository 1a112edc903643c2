// The protocol of room and server: a POST, the outcome of its status, and the data of an acknowledgement.

const TIMEOUT_MS = 8000; // then a request counts as unanswered

export const OK = "ok"; // stored
export const ANSWERED = "answered"; // refused; the page in the response contains the reason
export const SIGNED_OUT = "session"; // the browser has no session
export const SESSION_ENDED = "ended"; // a new password, or an account that took over the guest: only signing in helps
export const FULL = "full"; // the server's disk is full
export const UNREACHABLE = "away"; // no response, or a server error

export const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

export function outcomeOf(status) {
  if (status === 200 || status === 204) return OK;
  if (status === 401) return SESSION_ENDED;
  if (status === 404) return SIGNED_OUT;
  if (status === 507) return FULL;
  if (status === 0 || status === 403 || status === 429 || status >= 500) return UNREACHABLE;
  return ANSWERED; // 400, 409
}

export const isSignedOut = (outcome) => outcome === SIGNED_OUT || outcome === SESSION_ENDED;

export const isAnswered = (outcome) => outcome === OK || outcome === ANSWERED;

export async function post(url, body) {
  try {
    const response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(body), // no file is sent, and the server reads this in a fifth of the time
      headers: { "HX-Request": "true", "X-CSRFToken": csrfToken() },
      credentials: "same-origin",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { outcome: outcomeOf(response.status), html: await response.text() };
  } catch {
    return { outcome: UNREACHABLE, html: "" };
  }
}

export const parsePage = (html) => new DOMParser().parseFromString(html, "text/html");

export function parseAcknowledgement(html) {
  // {version, now, noteVersion, noteWas, noteText, padVersion, ...}: the data attributes of the save state.
  return { ...parsePage(html).getElementById("save").dataset };
}

export function move(form, values) {
  // htmx handles fragment, URL and redirect. Resolves to the outcome.
  return new Promise((resolve) => {
    const listen = (event) => {
      if (event.detail.requestConfig?.elt !== form) return; // a swap may already have removed the form from the page
      document.body.removeEventListener("htmx:afterRequest", listen);
      resolve(outcomeOf(event.detail.xhr?.status ?? 0));
    };
    document.body.addEventListener("htmx:afterRequest", listen);
    htmx.ajax("POST", form.action, { source: form, target: "#room", swap: "outerHTML", values }).catch(() => {});
  });
}
