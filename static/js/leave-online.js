// On the timed pages around the room: ask the server for the time before a link or a button leaves the page. If it does
// not respond, the browser would show an error of its own: say so instead. The way back to a question is open where the
// service worker of the room can show it.

import { postAgain } from "./post-again.js";
import { showMessage, text } from "./room-messages.js";

const PATIENCE_MS = 4000;
const AGAIN_MS = 2000;
const SILENT = [502, 503, 504]; // from a proxy whose server does not respond
const form = document.getElementById("room");
let isAsked = false;
let wanted = null; // the way that was chosen last

async function responds() {
  if (!navigator.onLine) return false;
  const options = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  const response = await fetch(form.dataset.clock, options).catch(() => null);
  return Boolean(response) && !SILENT.includes(response.status);
}

/** Return the address of the question to which a link or a button leads, if this browser keeps its page. */
async function keptQuestion({ name, value, href }) {
  const { pathname } = new URL(name === "go" ? `../questions/${value}/` : (href ?? ""), location.href);
  const isQuestion = /\/questions\/\d+\/$/.test(pathname);
  const worker = isQuestion && (await navigator.serviceWorker?.getRegistration(pathname));
  return worker?.active && pathname;
}

/** Follow a way; return whether there was a reply. That to an end may be lost: then the attempt says where it stands. */
async function goes(way) {
  const isEnd = ["finish", "end"].includes(way.name);
  const reply = isEnd && (await postAgain(form, way, () => showMessage("save", text("asksAgain"))));
  if (reply?.type === "opaqueredirect") location.assign(`${form.dataset.home}report/`);
  if (reply === null || reply?.type === "opaqueredirect") return Boolean(reply);
  isAsked = true;
  way.click();
  isAsked = false;
  return true;
}

form.addEventListener("click", async (event) => {
  const way = event.target.closest("a[href], button:not([type=button])");
  if (!way || isAsked || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  wanted = way;
  way.dataset.busy = text("connecting");
  const isOnline = await responds();
  if (wanted !== way) return delete way.dataset.busy;
  if (isOnline && (await goes(way))) return;
  delete way.dataset.busy;
  const question = await keptQuestion(way);
  if (question) return location.assign(question);
  showMessage("save", text("awayPage"));
  document.getElementById("message-save").scrollIntoView({ block: "nearest" });
  while (!(await responds())) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  const isEnd = way.name === "finish" || way.href?.includes("/finish/");
  const waits = document.querySelector("#message-kept:not([hidden])");
  showMessage("save", isEnd && !waits ? text("lineBack") : "");
});
