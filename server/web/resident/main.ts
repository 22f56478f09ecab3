import { createApp, shallowRef, watchEffect } from 'vue'
import { createI18n } from 'vue-i18n'
import { createHttpClient } from '../kit/api/client.js'
import { asFailure } from '../kit/api/failure.js'
import { PAGE_CONTEXT } from '../kit/app-context.js'
import { createPreferences } from '../kit/preferences.js'
import { access as accessEn } from '../kit/words/en/access.js'
import { common as commonEn } from '../kit/words/en/common.js'
import type { WordBook } from '../kit/words/words.js'
import { access } from '../kit/words/zh-cn/access.js'
import { common } from '../kit/words/zh-cn/common.js'
import AppRoot from './app-root.vue'
import { createPassStore } from './passes/pass-store.js'
import { createResidentApi } from './resident-api.js'
import { RESIDENT_CONTEXT, type ResidentContext } from './resident-context.js'
import type { Home } from './resident-types.js'
import { createResidentPages } from './router.js'
import { residentEn } from './words/en.js'
import { residentZhCn } from './words/zh-cn.js'
// File by file: the whole of a component's style would fetch a font of icons from a foreign host.
import 'vant/es/style/base.css'
import 'vant/es/button/index.css'
import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import 'vant/es/loading/index.css'
import 'vant/es/switch/index.css'
import '../kit/style/tokens.css'
import '../kit/style/base.css'
import './resident.css'

/** Both languages come with the page: it works where there is no network to fetch one later. */
const createBook = () => createI18n({
  legacy: false, locale: 'zh-CN', fallbackLocale: 'zh-CN', missingWarn: true,
  messages: {
    'zh-CN': { app: common.app, failure: common.failure, way: access.way, direction: access.direction, result: access.result, reason: access.reason, ...residentZhCn },
    en: { app: commonEn.app, failure: commonEn.failure, way: accessEn.way, direction: accessEn.direction, result: accessEn.result, reason: accessEn.reason, ...residentEn },
  },
})

/** True where the server says that this browser's login is no resident's. */
const isNobody = (error: unknown): boolean => ['signed-out', 'forbidden', 'not-found'].includes(asFailure(error).kind)

async function start(): Promise<void> {
  const book = createBook()
  const me = shallowRef<Home | null>()
  const reached = shallowRef(true)
  const api = createResidentApi(createHttpClient({
    async fetch(input, init) {
      try {
        const response = await window.fetch(input, init)
        reached.value = true
        return response
      } catch (cause) {
        if (init?.signal?.aborted !== true) reached.value = false
        throw cause
      }
    },
    nowMs: () => Date.now(),
    onSignedOut: () => { me.value = null },
  }))
  const router = createResidentPages(async () => {
    if (me.value === undefined) await api.home().then((home) => { me.value = home }, (error: unknown) => { if (isNobody(error)) me.value = null })
    return me.value !== null
  })
  const context: ResidentContext = {
    api, me, reached,
    passes: createPassStore({ factory: globalThis.indexedDB as IDBFactory | undefined, crypto: globalThis.crypto as Crypto | undefined }),
    preferences: await createPreferences({ book: book as unknown as WordBook, root: document.documentElement, store: () => window.localStorage }),
    openStream: (url) => new EventSource(url),
    after: (delayMs, callback) => {
      const timer = window.setTimeout(callback, delayMs)
      return () => window.clearTimeout(timer)
    },
    leave: (url) => window.location.assign(url),
  }
  const app = createApp(AppRoot)
  app.provide(PAGE_CONTEXT, context)
  app.provide(RESIDENT_CONTEXT, context)
  app.use(book)
  app.use(router)
  watchEffect(() => {
    const { title, open } = router.currentRoute.value.meta
    document.title = title === undefined ? book.global.t('my.name') : `${book.global.t(title)} · ${book.global.t('my.name')}`
    // The session ended while a page was open.
    if (me.value === null && title !== undefined && open !== true) void router.push({ name: 'enter', query: { next: router.currentRoute.value.fullPath } })
  })
  app.mount('#app')
  if (import.meta.env.PROD && 'serviceWorker' in navigator && window.isSecureContext) void navigator.serviceWorker.register('/sw.js').catch(() => undefined)
}

void start()
