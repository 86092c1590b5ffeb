// The service worker: keeps the shell, so that the page opens without a network and says so itself. It touches nothing
// but the page's own files: the doors (/auth, /rest, …) and what people see there never go through a cache.
const CACHE = "shell";
const SHELL = ["/", "/config.json", "/sahne.svg"];
const ASSETS_MAX = 80; // hashed files of this build and a few before it

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(kept(request));
  else if (SHELL.includes(pathname)) event.respondWith(fresh(request, pathname));
});

/** Named by its content: what is kept is right for ever. */
async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    await forget(cache);
  }
  return answer;
}

/** From the network, and what came last when there is none. */
async function fresh(request, pathname) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(pathname, answer.clone());
    return answer;
  } catch (error) {
    const found = await cache.match(pathname);
    if (found) return found;
    throw error;
  }
}

/** The oldest go. */
async function forget(cache) {
  const assets = (await cache.keys()).filter((each) => new URL(each.url).pathname.startsWith("/assets/"));
  await Promise.all(assets.slice(0, Math.max(0, assets.length - ASSETS_MAX)).map((each) => cache.delete(each)));
}

/** Somebody calls, and the notification of it was tapped: the page that rings comes to the front. */
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    clients.matchAll({ type: "window" }).then(([page]) => (page ? page.focus() : clients.openWindow("/"))),
  );
});
