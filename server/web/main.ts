import { createApp, watch, watchEffect } from 'vue'
import AppRoot from './app-root.vue'
import { createApi } from './kit/api/api.js'
import { createHttpClient } from './kit/api/client.js'
import { APP_CONTEXT } from './kit/app-context.js'
import { createPreferences } from './kit/preferences.js'
import { type Session, createSession } from './kit/session.js'
import { createWords } from './kit/words/words.js'
import { createPages } from './router.js'
import './kit/style/tokens.css'
import './style/element.css'
import './kit/style/base.css'

async function start(): Promise<void> {
  const book = createWords()
  let session: Session | undefined
  const api = createApi(createHttpClient({
    fetch: (input, init) => window.fetch(input, init),
    nowMs: () => Date.now(),
    onSignedOut: () => session?.end(),
  }))
  session = createSession(api)
  const router = createPages(session)
  const preferences = await createPreferences({ book, root: document.documentElement, store: () => window.localStorage })

  const app = createApp(AppRoot)
  app.provide(APP_CONTEXT, {
    api,
    session,
    preferences,
    openStream: (url) => new EventSource(url),
    after: (delayMs, callback) => {
      const timer = window.setTimeout(callback, delayMs)
      return () => window.clearTimeout(timer)
    },
  })
  app.use(book)
  app.use(router)

  watch(session.user, (user) => {
    const here = router.currentRoute.value
    if (user === null && here.matched.length > 0 && here.meta.open !== true) void router.push({ name: 'login', query: { next: here.fullPath } })
  })
  watchEffect(() => {
    const title = router.currentRoute.value.meta.title
    document.title = title === undefined ? book.global.t('app.name') : `${book.global.t(title)} · ${book.global.t('app.name')}`
  })
  app.mount('#app')
}

void start()
