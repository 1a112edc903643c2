// The service worker of one attempt. While the server is silent, it answers a reload of the room with the empty page that
// room-offline.js has kept, and with its scripts, styles and pictures; the questions come from the tab itself. After the
// end of the exam it deletes itself.

const [, attempt] = self.registration.scope.match(/attempts\/([^/]+)\//);
const PATIENCE_MS = 8000;
const SILENT = [502, 503, 504]; // from a proxy whose server does not respond

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function kept({ mode, url }) {
  const name = (await caches.keys()).find((each) => each.includes(`:${attempt}:`));
  if (name && Date.now() < Number(name.split(":")[3])) {
    return (await caches.open(name)).match(mode === "navigate" ? `${self.registration.scope}page` : url);
  }
  if (name) await caches.delete(name);
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
  const { method, mode, destination } = event.request;
  const isPart = ["script", "style", "image", "manifest"].includes(destination);
  if (method === "GET" && (mode === "navigate" || isPart)) event.respondWith(answer(event.request));
});
