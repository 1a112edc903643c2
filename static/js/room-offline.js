// Keep what a reload without a connection needs: a page without the candidate, and its parts, for room-worker.js.

import { GRACE_MS } from "./forget.js";
import { ends } from "./room-clock.js";
import { OWN } from "./room-store.js";

const PERSONAL = "#question, .sheet, [role=timer], .guest-code, .note:not(#refused), #save > span, textarea";

/** Return the page as HTML, without question, notes, answer sheet and guest code. Call it before it is drawn. */
export function emptyPage() {
  const page = document.documentElement.cloneNode(true);
  const room = Object.assign(page.querySelector("#room"), { hidden: true });
  Object.assign(room.dataset, { position: "0", now: "", deadline: "" });
  page.querySelector("title").textContent = page.querySelector("#connect h2").textContent;
  page.querySelector("#save").dataset.state = "";
  for (const part of page.querySelectorAll(PERSONAL)) part.replaceChildren();
  for (const field of page.querySelectorAll("input[type=hidden]")) field.removeAttribute("value");
  return `<!doctype html>${page.outerHTML}`;
}

/** Keep the page under the policy of the site, and what it needs; start the worker, if this browser has one. */
export async function keepOffline(html, policy) {
  const { worker } = document.getElementById("room").dataset;
  if (!worker || !navigator.serviceWorker || !window.caches) return;
  const page = new URL("questions/page", new URL(worker, location.href)).href;
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy };
  // The browser has just loaded them: force-cache asks the server for none of them again.
  const parts = performance
    .getEntriesByType("resource")
    .filter(({ initiatorType }) => ["link", "script", "img"].includes(initiatorType))
    .map((part) => new Request(part.name, { cache: "force-cache" }));
  try {
    const old = (await caches.keys()).filter((each) => each.startsWith(OWN));
    const cache = await caches.open(OWN + Math.round(ends().until + GRACE_MS));
    await cache.put(page, new Response(html, { headers }));
    await cache.addAll(parts);
    await Promise.all(old.map((each) => caches.delete(each)));
    await navigator.serviceWorker.register(worker);
  } catch {
    // Storage is full or forbidden: the banner says that a reload has to wait.
  }
}
