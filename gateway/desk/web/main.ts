import { createApp, ref, watchEffect } from 'vue'
import { createI18n } from 'vue-i18n'
import { PAGE_CONTEXT } from '../../../server/web/kit/app-context.js'
import { createHttpClient } from '../../../server/web/kit/api/client.js'
import { asFailure } from '../../../server/web/kit/api/failure.js'
import { createPreferences } from '../../../server/web/kit/preferences.js'
import { en } from '../../../server/web/kit/words/en.js'
import type { WordBook } from '../../../server/web/kit/words/words.js'
import { zhCn } from '../../../server/web/kit/words/zh-cn.js'
import AppRoot from './app-root.vue'
import { type Me, createDeskApi } from './desk-api.js'
import { DESK_CONTEXT, type DeskContext } from './desk-context.js'
import { deskEn } from './words/en.js'
import { deskZhCn } from './words/zh-cn.js'
import '../../../server/web/kit/style/tokens.css'
import '../../../server/web/kit/style/base.css'
import './desk.css'

/** Both languages come with the page: there may be no network to fetch one later. */
const createBook = () => createI18n({
  legacy: false, locale: 'zh-CN', fallbackLocale: 'zh-CN', missingWarn: true,
  messages: { 'zh-CN': { ...zhCn, ...deskZhCn }, en: { ...en, ...deskEn } },
})

async function start(): Promise<void> {
  const book = createBook()
  const me = ref<Me | null>()
  const api = createDeskApi(createHttpClient({
    fetch: (input, init) => window.fetch(input, init),
    nowMs: () => Date.now(),
    onSignedOut: () => { me.value = null },
  }))
  const preferences = await createPreferences({ book: book as unknown as WordBook, root: document.documentElement, store: () => window.localStorage })
  const context: DeskContext = {
    api, me, preferences,
    openStream: (url) => new EventSource(url),
    after: (delayMs, callback) => {
      const timer = window.setTimeout(callback, delayMs)
      return () => window.clearTimeout(timer)
    },
    async signIn(loginName, password) {
      me.value = await api.login(loginName, password)
    },
    async signOut() {
      await api.logout().catch((error: unknown) => {
        if (asFailure(error).kind !== 'signed-out') throw error
      })
      me.value = null
    },
  }
  const app = createApp(AppRoot)
  app.provide(PAGE_CONTEXT, context)
  app.provide(DESK_CONTEXT, context)
  app.use(book)
  watchEffect(() => { document.title = book.global.t('desk.name') })
  me.value = await api.me().catch(() => null)
  app.mount('#app')
}

void start()
