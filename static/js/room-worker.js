// The service worker of one attempt. While the server is silent, it answers a reload of the room with an empty page that
// room-offline.js has kept, and with the scripts, styles and pictures of it; the questions come from the tab itself. After
// the end of the exam it deletes itself.

const { scope } = self.registration;
const [, attempt] = scope.match(/attempts\/([^/]+)\//);
const PATIENCE_MS = 8000;
const SILENT = [502, 503, 504]; // from a proxy whose server does not respond

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function kept(request) {
  const name = (await caches.keys()).find((each) => each.startsWith("mlsprep:") && each.endsWith(`:${attempt}`));
  if (!name) return undefined;
  const cache = await caches.open(name);
  const { until } = (await (await cache.match(`${scope}kept`))?.json()) ?? { until: 0 };
  if (Date.now() < until) return cache.match(request.mode === "navigate" ? `${scope}page` : request);
  await caches.delete(name);
  await self.registration.unregister();
  return undefined;
}

async function answer(request) {
  const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
  const response = await Promise.race([fetch(request), late]).catch(() => null);
  if (response && !SILENT.includes(response.status)) return response;
  return (await kept(request)) ?? response ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  const { mode, destination } = event.request;
  const isPart = ["script", "style", "image", "manifest"].includes(destination);
  if (event.request.method === "GET" && (mode === "navigate" || isPart)) event.respondWith(answer(event.request));
});
