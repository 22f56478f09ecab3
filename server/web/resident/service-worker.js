// The shell of the residents' page, and nothing of anybody's data: what the server's API answers is never kept.
// The build writes VERSION and SHELL before this text.
const CACHE = `shell-${VERSION}`
const STAFF = /^\/(manager|finance|login)(\/|$)/

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))
  event.waitUntil(caches.keys().then(drop).then(() => self.clients.claim()))
})

/** A page of ours: the newest from the network, the kept one where there is none. */
const pageFor = (request) => fetch(request)
  .then((answer) => (answer.ok ? answer : Promise.reject(answer)))
  .catch(() => caches.match('/', { cacheName: CACHE }).then((kept) => kept ?? Response.error()))

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    if (!STAFF.test(url.pathname) && !url.pathname.startsWith('/api/')) event.respondWith(pageFor(request))
    return
  }
  if (SHELL.includes(url.pathname)) event.respondWith(caches.match(url.pathname, { cacheName: CACHE }).then((kept) => kept ?? fetch(request)))
})
