import { type Result, err, ok } from '#kernel/result.js'

/** What is odd about a terminal's firmware and what goes wrong with it. Chances are shares from 0 to 1. */
export interface OemProfile {
  /** Old firmware: `persionName`, no `scene`. */
  readonly oldNames: boolean
  /** Numbers as text, as most of them send. */
  readonly textNumbers: boolean
  /** Knows `QueryPerson`. */
  readonly canQuery: boolean
  /** Continues kept records after an acknowledgement, and sends again what was not acknowledged. */
  readonly resumes: boolean
  /** Chance that a batch finds another one running: 410. */
  readonly busy: number
  /** Chance that a batch arrives cut: 417. */
  readonly cut: number
  /** Chance that a command is carried out and its answer lost. */
  readonly mute: number
  /** Chance that a record is sent twice. */
  readonly duplicate: number
  /** Milliseconds that it takes for each person of a batch. */
  readonly personMs: number
  /** Persons that it holds; more are 474. */
  readonly capacity: number
  /** How far its clock is ahead, milliseconds; negative behind. */
  readonly skewMs: number
  /** Mean seconds between two power cuts; 0 for none. */
  readonly rebootSeconds: number
}

export const GOOD_TERMINAL: OemProfile = {
  oldNames: false, textNumbers: true, canQuery: true, resumes: true, busy: 0, cut: 0, mute: 0, duplicate: 0, personMs: 200, capacity: 5_000, skewMs: 0,
  rebootSeconds: 0,
}

const SWITCHES: Record<string, Partial<OemProfile>> = {
  old: { oldNames: true }, 'plain-numbers': { textNumbers: false }, 'no-query': { canQuery: false }, 'no-resume': { resumes: false },
}
const NUMBERS: Record<string, readonly [keyof OemProfile, number, number]> = {
  busy: ['busy', 0, 1], cut: ['cut', 0, 1], mute: ['mute', 0, 1], duplicate: ['duplicate', 0, 1], 'person-ms': ['personMs', 0, 60_000],
  capacity: ['capacity', 0, 100_000], 'skew-ms': ['skewMs', -86_400_000, 86_400_000], reboot: ['rebootSeconds', 0, 86_400],
}

/** Reads `name,name=value,…`; `none` is a good terminal. The error is one sentence that names the part. */
export function parseOemProfile(text: string): Result<OemProfile, string> {
  if (text === 'none') return ok(GOOD_TERMINAL)
  let profile = GOOD_TERMINAL
  for (const part of text.split(',')) {
    const [name = '', value] = part.split('=')
    const flag = value === undefined ? SWITCHES[name] : undefined
    const number = value === undefined ? undefined : NUMBERS[name]
    if (flag !== undefined) profile = { ...profile, ...flag }
    else if (number !== undefined) {
      const [field, low, high] = number
      const given = Number(value)
      if (value === '' || !(given >= low && given <= high)) return err(`terminal fault ${name}: a number from ${low} to ${high}, not ${JSON.stringify(value)}`)
      profile = { ...profile, [field]: given }
    } else return err(`terminal fault ${JSON.stringify(part)}: one of ${[...Object.keys(SWITCHES), ...Object.keys(NUMBERS).map((key) => `${key}=N`)].join(', ')}`)
  }
  return ok(profile)
}
