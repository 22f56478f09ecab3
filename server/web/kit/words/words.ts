import { createI18n } from 'vue-i18n'
import { zhCn } from './zh-cn.js'

export const LOCALES = ['zh-CN', 'en'] as const
export type Locale = (typeof LOCALES)[number]

/** What each language calls itself. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = { 'zh-CN': '中文', en: 'English' }

/** Chinese comes with the page; English is fetched when somebody asks for it. */
export function createWords() {
  return createI18n({ legacy: false, locale: 'zh-CN', fallbackLocale: 'zh-CN', messages: { 'zh-CN': zhCn }, missingWarn: true })
}

export type WordBook = ReturnType<typeof createWords>

/** Switches the language, with the page's `lang`. */
export async function switchLocale(book: WordBook, locale: Locale, root: HTMLElement): Promise<void> {
  const global = book.global
  if (locale === 'en' && !(global.availableLocales as string[]).includes('en')) {
    const { en } = await import('./en.js')
    global.setLocaleMessage('en' as never, en as never)
  }
  global.locale.value = locale as typeof global.locale.value
  root.lang = locale
}
