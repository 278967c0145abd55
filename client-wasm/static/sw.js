// Says that the network is gone, when it is. Nothing else: the client itself is never kept here and never served from here, so a new
// version of the host is a new client at once. (A client that a person keeps has a worker of its own: keeper.js.)
const OFFLINE = "offline-1";
const PARTS = ["offline.html", "offline.css", "offline.js"];

self.addEventListener("install", (event) => {
  const fresh = PARTS.map((part) => new Request(part, { cache: "reload" }));
  event.waitUntil(caches.open(OFFLINE).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== OFFLINE).map((name) => caches.delete(name))));
  event.waitUntil(old.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const name = new URL(event.request.url).pathname.split("/").pop();
  if (event.request.mode === "navigate") {
    // Without navigation preload: after another server had answered here, Chromium let it fail for as long as the page asked.
    event.respondWith(fetch(event.request).catch(() => caches.match("offline.html")));
  } else if (PARTS.includes(name)) {
    event.respondWith(fetch(event.request).catch(() => caches.match(name)));
  }
});
