import { PHOTO_GONE } from './error-codes.js'
import type { TerminalPersonRow, TerminalPhoto } from './ports.js'

/** Somebody whom a terminal shall let in: permitted at its gate now, with at least one consent that stands. */
export interface WantedPerson {
  /** Consents that stand now, with their ends. */
  readonly consents: ReadonlyMap<string, number>
  readonly validFromMs: number
  readonly validUntilMs: number
}

export interface PersonPlan {
  readonly put: readonly TerminalPersonRow[]
  /** Rows of persons who were never sent: nothing has to be erased. */
  readonly drop: readonly TerminalPersonRow[]
  /** Those of `put` who from now on wait for their deletion. */
  readonly leaving: readonly TerminalPersonRow[]
}

export interface PlanInput {
  readonly terminalId: string
  readonly wanted: ReadonlyMap<string, WantedPerson>
  readonly photos: ReadonlyMap<string, TerminalPhoto>
  readonly rows: ReadonlyMap<string, TerminalPersonRow>
}

const AGAIN = { errorCode: null, tries: 0, nextTryAtMs: 0 } as const

/** The person's time, cut at the end of the consent that the face stands on. */
const validityOf = (want: WantedPerson, consentId: string): Pick<TerminalPersonRow, 'validFromMs' | 'validUntilMs'> =>
  ({ validFromMs: want.validFromMs, validUntilMs: Math.min(want.validUntilMs, want.consents.get(consentId) ?? 0) })

/** The row of somebody who stays, where it changes. Nothing is done about one that still waits for its deletion. */
function refreshed(row: TerminalPersonRow, want: WantedPerson, photo: TerminalPhoto | undefined): TerminalPersonRow | undefined {
  if (row.state === 'deleting') return undefined
  const isAnother = photo !== undefined && (photo.photoAtMs !== row.photoAtMs || row.errorCode === PHOTO_GONE)
  if (isAnother && want.consents.has(photo.consentId)) {
    const { consentId, photoAtMs } = photo
    return { ...row, ...AGAIN, ...validityOf(want, consentId), state: 'wanted', consentId, photoAtMs, confirmed: false }
  }
  const validity = validityOf(want, row.consentId)
  const told = row.validFromMs === validity.validFromMs && row.validUntilMs === validity.validUntilMs
  const photoGone = !row.confirmed && photo === undefined
  if (photoGone) return row.errorCode === PHOTO_GONE ? undefined : { ...row, state: 'failed', errorCode: PHOTO_GONE, nextTryAtMs: null }
  return told ? undefined : { ...row, ...AGAIN, ...validity, state: 'wanted' }
}

function added(terminalId: string, personRef: string, want: WantedPerson, photo: TerminalPhoto | undefined): TerminalPersonRow | undefined {
  if (photo === undefined || !want.consents.has(photo.consentId)) return undefined
  const { consentId, photoAtMs } = photo
  return { terminalId, personRef, consentId, state: 'wanted', placed: false, photoAtMs, confirmed: false, ...validityOf(want, consentId), ...AGAIN }
}

/**
 * What has to change so that a terminal holds exactly those whom it shall let in. Pure. A face goes with the consent that
 * it was given under, whatever other consent there is; one that was ever sent is deleted rather than forgotten.
 */
export function planPersons({ terminalId, wanted, photos, rows }: PlanInput): PersonPlan {
  const put: TerminalPersonRow[] = []
  const drop: TerminalPersonRow[] = []
  const leaving: TerminalPersonRow[] = []
  for (const row of rows.values()) {
    const want = wanted.get(row.personRef)
    const photo = photos.get(row.personRef)
    if (want?.consents.has(row.consentId) === true) {
      const next = refreshed(row, want, photo)
      if (next !== undefined) put.push(next)
    } else if (!row.placed) drop.push(row)
    else if (row.state !== 'deleting') leaving.push({ ...row, ...AGAIN, state: 'deleting' })
  }
  for (const [personRef, want] of wanted) {
    const row = rows.has(personRef) ? undefined : added(terminalId, personRef, want, photos.get(personRef))
    if (row !== undefined) put.push(row)
  }
  return { put: [...put, ...leaving], drop, leaving }
}
