import { type Ref, ref } from 'vue'
import { LOCALES, type Locale, type WordBook, switchLocale } from './words/words.js'

/** How this browser's reader wants the page: the only thing that is kept here. */
export interface Preferences {
  readonly locale: Readonly<Ref<Locale>>
  readonly largeType: Readonly<Ref<boolean>>
  /** Single keys act on pages that have some (WCAG 2.1.4: they can be turned off). */
  readonly singleKeys: Readonly<Ref<boolean>>
  setLocale(locale: Locale): Promise<void>
  setLargeType(large: boolean): void
  setSingleKeys(on: boolean): void
}

export interface PreferenceStore {
  getItem(name: string): string | null
  setItem(name: string, value: string): void
}

const LOCALE_NAME = 'smart-estates.locale'
const TYPE_NAME = 'smart-estates.type'
const KEYS_NAME = 'smart-estates.keys'

/** Reads what was kept and puts it on the page. */
export async function createPreferences(deps: { book: WordBook; root: HTMLElement; store: () => PreferenceStore }): Promise<Preferences> {
  const locale = ref<Locale>('zh-CN')
  const largeType = ref(false)
  const singleKeys = ref(true)
  // A browser may refuse storage (private window, policy): the page then works with the defaults.
  const keep = (name: string, value: string): void => { try { deps.store().setItem(name, value) } catch { /* not kept */ } }
  const kept = (name: string): string | null => { try { return deps.store().getItem(name) } catch { return null } }

  const setLocale = async (next: Locale): Promise<void> => {
    await switchLocale(deps.book, next, deps.root)
    locale.value = next
    keep(LOCALE_NAME, next)
  }
  const setLargeType = (large: boolean): void => {
    largeType.value = large
    deps.root.dataset['type'] = large ? 'large' : 'normal'
    keep(TYPE_NAME, large ? 'large' : 'normal')
  }

  const setSingleKeys = (on: boolean): void => {
    singleKeys.value = on
    keep(KEYS_NAME, on ? 'on' : 'off')
  }

  singleKeys.value = kept(KEYS_NAME) !== 'off'
  setLargeType(kept(TYPE_NAME) === 'large')
  const wanted = LOCALES.find((known) => known === kept(LOCALE_NAME))
  if (wanted !== undefined && wanted !== 'zh-CN') await setLocale(wanted)
  return { locale, largeType, singleKeys, setLocale, setLargeType, setSingleKeys }
}
