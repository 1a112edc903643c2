// The service worker of one attempt. While the server is silent, it answers a reload of a question with the empty page
// that room-offline.js has kept and its parts; the questions come from the tab. After the exam it deletes itself.

const [, attempt] = self.registration.scope.match(/attempts\/([^/]+)\//);
const PATIENCE_MS = 4000;
const SILENT = [502, 503, 504]; // from a proxy whose server does not respond
const offline = new Set(); // the pages that were kept, by client: their parts come from the cache too, without waiting

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function kept({ mode, url }) {
  const name = (await caches.keys()).find((each) => each.includes(`:${attempt}:`));
  const address = mode === "navigate" ? `${self.registration.scope}page` : url;
  if (name && Date.now() < Number(name.split(":")[3])) return caches.match(address, { cacheName: name });
  if (name) await caches.delete(name);
  await self.registration.unregister();
}

async function answer({ request, clientId, resultingClientId }) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const isAsked = resultingClientId || !offline.has(clientId);
  const response = isAsked && (await Promise.race([fetch(request), late]).catch(() => null));
  if (response && !SILENT.includes(response.status)) return response;
  if (resultingClientId) offline.add(resultingClientId);
  return (await kept(request)) || response || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { method, mode, url, destination } = event.request;
  const isKept = mode === "navigate" ? /\/\d+\/(\?|$)/.test(url) : /script|style|image|manifest/.test(destination);
  if (method === "GET" && isKept) event.respondWith(answer(event));
});
