/** What can be done about a person whom a terminal did not take. */
export type Remedy =
  /** Tried again soon: network, a file that was not there yet. */
  | 'soon'
  /** Tried again after a long while: somebody may have made room. */
  | 'late'
  /** Not before the photo or the permit changes. */
  | 'none'

export interface PersonError {
  readonly name: string
  readonly remedy: Remedy
}

/** Per-person codes of `EditPersonsNew-Ack`, spec v1.25. Firmwares differ: one that is not named here keeps its number. */
const PERSON_ERRORS: Readonly<Record<number, PersonError>> = {
  461: { name: 'no-custom-id', remedy: 'none' },
  462: { name: 'bad-parameter', remedy: 'none' },
  463: { name: 'picture-not-decoded', remedy: 'none' },
  464: { name: 'address-not-resolved', remedy: 'soon' },
  465: { name: 'download-failed', remedy: 'soon' },
  466: { name: 'download-empty', remedy: 'soon' },
  467: { name: 'picture-too-large', remedy: 'none' },
  468: { name: 'no-face-feature', remedy: 'none' },
  469: { name: 'picture-too-long', remedy: 'none' },
  470: { name: 'server-address', remedy: 'soon' },
  471: { name: 'download-timed-out', remedy: 'soon' },
  472: { name: 'no-picture-address', remedy: 'soon' },
  474: { name: 'terminal-full', remedy: 'late' },
  478: { name: 'too-similar', remedy: 'none' },
}

/** Our own, beside the terminals': the person's photo is gone and the terminal does not have it. */
export const PHOTO_GONE = 0

export function personError(code: number): PersonError {
  if (code === PHOTO_GONE) return { name: 'photo-gone', remedy: 'none' }
  return PERSON_ERRORS[code] ?? { name: `terminal-error-${code}`, remedy: 'late' }
}

/** Another batch still runs. */
export const BATCH_BUSY = 410
/** Codes that speak of the batch's form or size: a smaller one may pass. */
export const BATCH_MALFORMED: readonly number[] = [412, 413, 414, 415, 416, 417, 460]
/** The whole command was carried out; what it says of each person counts. */
export const BATCH_DONE = 200
