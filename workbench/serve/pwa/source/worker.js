// The service worker: small, and says for each class of address how it is answered.
//
//   static     scripts, styles, fonts and icons, named by what is in them   first what is kept
//   shell      the page for when there is no network                        what is kept, renewed behind it
//   reads      GET /api/v1/…                                                 the network; what is kept, with its age, where there is none
//   documents  pages                                                         the network alone: they hold a token that lasts minutes
//
// All else, above all whatever changes something, goes past it.

import { CacheableResponsePlugin } from "workbox-cacheable-response";
import { ExpirationPlugin } from "workbox-expiration";
import { registerRoute } from "workbox-routing";
import { CacheFirst, NetworkFirst, StaleWhileRevalidate } from "workbox-strategies";

import { receivePush } from "./push.js";
import { replay, SYNC } from "./queue.js";
import { keep, meta } from "./store.js";

const { version, shell } = self.WORKBENCH; // written by the server in front of this file
const SHELL = `shell-${version}`;
const STATIC = `static-${version}`;
const DAY = 24 * 3600;

self.addEventListener("install", (event) => {
  // Without cookies: what is for everybody is kept as nobody sees it.
  const wanted = shell.map((way) => new Request(way, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(wanted)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = await caches.keys();
    const old = names.filter((name) => /^(shell|static)-/.test(name) && name !== SHELL && name !== STATIC);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

const ours = (url) => url.origin === self.location.origin;
const inShell = (url) => ours(url) && shell.includes(url.pathname + url.search);
const good = new CacheableResponsePlugin({ statuses: [200] });

registerRoute(
  ({ url, request }) => request.method === "GET" && inShell(url),
  new StaleWhileRevalidate({ cacheName: SHELL, plugins: [good] }),
);

registerRoute(
  ({ url, request }) => ours(url) && request.method === "GET" && request.mode !== "navigate"
    && (url.pathname.startsWith("/static/") || (url.searchParams.has("v") && /\.\w+$/.test(url.pathname))),
  new CacheFirst({
    cacheName: STATIC,
    plugins: [good, new ExpirationPlugin({ maxEntries: 300, maxAgeSeconds: 30 * DAY, purgeOnQuotaError: true })],
  }),
);

// Reads: one cache a person. What is kept carries the time at which it was true.
const reads = new Map();

function readsOf(user) {
  if (!reads.has(user)) {
    reads.set(user, new NetworkFirst({
      cacheName: `reads-${user}`,
      networkTimeoutSeconds: 8,
      plugins: [
        good,
        new ExpirationPlugin({ maxEntries: 150, maxAgeSeconds: 7 * DAY, purgeOnQuotaError: true }),
        { cachedResponseWillBeUsed: async ({ cachedResponse }) => cachedResponse && aged(cachedResponse) },
      ],
    }));
  }
  return reads.get(user);
}

function aged(response) {
  const headers = new Headers(response.headers);
  headers.set("x-as-of", response.headers.get("date") ?? "");
  return new Response(response.body, { status: response.status, headers });
}

const PRIVATE = /^\/api\/v1\/(auth|tokens|audit|users|push)|\/(events|export|content|file|model|notebook|snapshot)$/;

registerRoute(
  ({ url, request }) => ours(url) && request.method === "GET" && url.pathname.startsWith("/api/v1/") && !PRIVATE.test(url.pathname)
    && request.headers.get("authorization") === null,
  async (options) => {
    const user = await meta("user");
    return user ? readsOf(user).handle(options) : fetch(options.request);
  },
);

// Pages: never kept. Without the network the shell answers in their place.
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.mode !== "navigate" || !ours(url) || (event.request.method === "GET" && inShell(url))) return;
  if (event.request.method === "POST" && url.pathname === "/share") {
    event.respondWith(takeShared(event.request));
  } else if (event.request.method === "GET") {
    event.respondWith(fetch(event.request).catch(async () => (await caches.match("/offline", { cacheName: SHELL })) ?? Response.error()));
  }
});

// A file that another app shares: kept until the page has handed it on, also without the network. A foreign web page can send
// the same form, and nothing here tells the two apart: so the person is asked before anything is uploaded.
async function takeShared(request) {
  const form = await request.formData();
  const files = form.getAll("files").filter((one) => one instanceof File);
  const text = [form.get("title"), form.get("text"), form.get("url")].filter(Boolean).join("\n");
  if (!files.length && text) files.push(new File([text], "shared.txt", { type: "text/plain" }));
  try {
    for (const file of files) await keep("inbox", { name: file.name, blob: file, at: Date.now(), key: crypto.randomUUID(), ask: true });
  } catch (error) {
    if (error?.name !== "QuotaExceededError") throw error;
    return Response.redirect("/take-in?full=yes", 303);
  }
  return Response.redirect("/take-in", 303);
}

self.addEventListener("sync", (event) => {
  if (event.tag !== SYNC) return;
  event.waitUntil(replay().then(({ left, next }) => {
    // The browser tries again by itself, later and later, for as long as this fails.
    if (left && Number.isFinite(next)) throw new Error(`${left} entries wait`);
  }));
});

receivePush(self);
