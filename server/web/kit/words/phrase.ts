/**
 * A sentence by its key, for pure functions that decide what to say without knowing the language. A number is
 * written in the reader's way; `count` also chooses singular or plural. A nested phrase is said first.
 */
export interface Phrase {
  readonly key: string
  readonly values?: Readonly<Record<string, string | number | Phrase>>
}

export const phrase = (key: string, values?: Phrase['values']): Phrase => (values === undefined ? { key } : { key, values })

/** `prefix.code` where the code has words, else `prefix.other` with the code itself: a newer server never shows a bare key. */
export const phraseOfCode = (prefix: string, code: string, known: Readonly<Record<string, unknown>>): Phrase =>
  Object.hasOwn(known, code) ? phrase(`${prefix}.${code}`) : phrase(`${prefix}.other`, { code })
