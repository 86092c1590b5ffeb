// The service worker: keeps the shell, so that the page opens without a network and says so itself, and shows what is pushed. It
// touches nothing but the page's own files: the doors (/auth, /rest, …) and what people see there never go through a cache.
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

/** What one is told while the page may be closed. What only grew, and a call that was missed, takes the place of what stood there. */
addEventListener("push", (event) => {
  const { title, body, data } = event.data.json();
  const call = JSON.parse(data.details ?? "{}").call_id;
  const tag = call ?? data.notification_id ?? data.code;
  const rings = data.code === "call_rings";
  event.waitUntil(
    registration.showNotification(title, { body, tag, data, icon: "/icons/192.png", requireInteraction: rings }),
  );
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.notification_id));
});

/** The page comes to the front, or opens; a notice leads on from there, and where somebody calls the page rings anyway. */
async function show(notice) {
  const place = notice ? `/#/notices/${notice}` : "/";
  const [page] = await clients.matchAll({ type: "window" });
  if (!page) return clients.openWindow(place);
  if (notice) await page.navigate(place);
  return page.focus();
}
