// The service worker of one attempt. While the server is silent, it answers a reload of a question, and Back to the pages
// before the end, with the empty page of room-offline.js; the questions come from the tab. In the end it deletes itself.

const [, attempt] = self.registration.scope.match(/attempts\/([^/]+)\//);
const KEPT = /\/(\d+|summary|finish)\/(\?|$)|^(script|style|image|manifest)$/; // pages, and kinds of their parts
const patienceMs = (url) => (/summary|finish/.test(url) ? 60_000 : 4000); // the tab has the questions, but not these
const SILENT = [502, 503, 504]; // from a proxy whose server does not respond
const offline = new Set(); // the pages that were kept, by client: their parts come from the cache too, without waiting

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function kept({ mode, url }) {
  const name = (await caches.keys()).find((each) => each.includes(`:${attempt}:`));
  const address = mode === "navigate" ? new URL("questions/page", self.location).href : url;
  if (name && Date.now() < Number(name.split(":")[3])) return caches.match(address, { cacheName: name });
  if (name) await caches.delete(name);
  await self.registration.unregister();
}

async function answer({ request, clientId, resultingClientId }) {
  const late = new Promise((resolve) => setTimeout(resolve, patienceMs(request.url)));
  const isAsked = resultingClientId || !offline.has(clientId);
  const response = isAsked && (await Promise.race([fetch(request), late]).catch(() => null));
  if (response && !SILENT.includes(response.status)) return response;
  if (resultingClientId) offline.add(resultingClientId);
  return (await kept(request)) || response || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { method, mode, url, destination } = event.request;
  const isKept = KEPT.test(mode === "navigate" ? url : destination);
  if (method === "GET" && isKept) event.respondWith(answer(event));
});
