// Keep what a reload without a connection needs: the page without anything of the candidate, its scripts, styles and
// pictures, in a cache that the service worker of this attempt reads (room-worker.js).

import { untilHere } from "./room-clock.js";

const GRACE_MS = 10_000;
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'";

/** Return the page as HTML, without question, notes, answer sheet and guest code. Call it before it is drawn. */
export function emptyPage() {
  const page = document.documentElement.cloneNode(true);
  const room = page.querySelector("#room");
  Object.assign(room.dataset, { position: "0", now: "", deadline: "" });
  room.hidden = true;
  for (const part of page.querySelectorAll(
    "#question, .sheet, [role=timer], .guest-code, .room-question > .note, #save",
  )) {
    part.replaceChildren();
  }
  for (const field of page.querySelectorAll("textarea")) field.textContent = "";
  for (const field of page.querySelectorAll("input[type=hidden]")) field.removeAttribute("value");
  room.elements.namedItem("marks")?.removeAttribute("data-stored");
  return `<!doctype html>${page.outerHTML}`;
}

/** Keep the page and what it needs, and start the worker, if this browser has one. */
export async function keepOffline(page, questions) {
  const { worker, candidate, attempt } = document.getElementById("room").dataset;
  if (!worker || !navigator.serviceWorker || !window.caches) return;
  const scope = new URL("questions/", new URL(worker, location.href)).href;
  try {
    const cache = await caches.open(`mlsprep:${candidate}:${attempt}`);
    const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY };
    await cache.put(`${scope}page`, new Response(page, { headers }));
    await cache.put(`${scope}kept`, Response.json({ until: untilHere() + GRACE_MS }));
    const root = new URL("..", import.meta.url).href; // of the static files
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
    const all = document.createElement("template");
    all.innerHTML = questions.map(({ html }) => html).join("");
    const pictures = [...all.content.querySelectorAll("img")].map((picture) => picture.getAttribute("src"));
    const names = [...loaded.filter((name) => name.startsWith(root)), ...pictures];
    // The browser has just loaded most of them.
    const copy = async (name) => {
      const response = await fetch(name, { cache: "force-cache", priority: "low" });
      if (!response.ok) throw new Error(name);
      await cache.put(name, response);
    };
    await Promise.all(names.map((name) => copy(name)));
    await navigator.serviceWorker.register(worker, { scope });
  } catch {
    // Storage is full or forbidden: the banner says that a reload has to wait.
  }
}
