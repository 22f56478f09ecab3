import { useI18n } from 'vue-i18n'
import { usePage } from '../app-context.js'
import { ageText, numberText } from '../format.js'
import type { Phrase } from './phrase.js'

/** Words and numbers in the reader's language, for templates. */
export function useWords() {
  const { preferences } = usePage()
  const { t } = useI18n()
  const number = (value: number): string => numberText(value, preferences.locale.value)

  /** Says a key. `count` is written as a number and chooses the plural. */
  function say(key: string, values: NonNullable<Phrase['values']> = {}): string {
    const named: Record<string, string> = {}
    for (const [name, value] of Object.entries(values)) {
      named[name] = typeof value === 'number' ? number(value) : typeof value === 'string' ? value : sayPhrase(value)
    }
    const count = values['count']
    return typeof count === 'number' ? t(key, named, count) : t(key, named)
  }
  const sayPhrase = (phrase: Phrase): string => say(phrase.key, phrase.values)

  return {
    say,
    sayPhrase,
    number,
    list: (items: readonly string[]): string => items.join(t('app.listSeparator')),
    age: (ms: number, nowMs: number): string => ageText(ms, nowMs, preferences.locale.value),
  }
}
