import { access as english } from '../../web/kit/words/en/access.js'
import { access as chinese } from '../../web/kit/words/zh-cn/access.js'
import type { Language } from '../figures-schemas.js'

/** The words of the pages: a sheet says what the screen says. */
export const wordsOf = (language: Language): typeof chinese => (language === 'en' ? (english as unknown as typeof chinese) : chinese)

/** The word for a code; the code where there is none. */
export const wordFor = (words: Readonly<Record<string, unknown>>, code: string | null): string => {
  if (code === null) return ''
  const word = Object.hasOwn(words, code) ? words[code] : undefined
  return typeof word === 'string' ? word : code
}
