import type { ConsentV1 } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { gatewayError } from '../errors.js'
import type { EnrolResult } from '../enrol/enrol-service.js'
import type { EnrolOutcome } from '../face/types.js'
import type { ActionRecorder, Operator } from './action-record.js'
import type { DeskCredential, DeskFaces, DeskRoster, DeskStore } from './ports.js'

/** Persons in one answer; more are found by more of the name. */
const FOUND_MAX = 20
/** Made once: an estate has thousands of names, and this thread opens doors. */
const BY_NAME = new Intl.Collator('zh-CN')
const DAY_MS = 86_400_000

export interface PersonLine {
  readonly personRef: string
  readonly displayName: string
  readonly enrolled: boolean
  readonly consented: boolean
}

export interface PersonSheet extends PersonLine {
  readonly consents: readonly { readonly consentId: string; readonly noticeVersion: string; readonly grantedAtMs: number; readonly expiresAtMs: number }[]
  readonly permits: readonly { readonly gateIds: readonly string[]; readonly validFromMs: number; readonly validUntilMs: number }[]
  readonly credentials: readonly Pick<DeskCredential, 'credentialId' | 'kind' | 'validUntilMs'>[]
}

export interface PaperConsent {
  /** Version of the notice that was signed. */
  readonly noticeVersion: string
  /** Who signed for a person under 14; null for the person. */
  readonly guardianRef: string | null
  readonly days: number
}

export interface PeopleService {
  /** Persons whose name has `text` in it, by name; nobody where it is empty. `more`: some were left out. */
  find(text: string): { readonly people: readonly PersonLine[]; readonly more: boolean }
  /** Looking at somebody's sheet is a record. @throws GW_DESK_NOT_FOUND */
  view(by: Operator, personRef: string): Promise<PersonSheet>
  /** A consent signed on paper: it stands here at once, and at the server once it is told. One that stands is not given twice. @throws GW_DESK_NOT_FOUND */
  consent(by: Operator, personRef: string, paper: PaperConsent): Promise<{ readonly consentId: string; readonly expiresAtMs: number }>
  /** Ends every consent and erases the face, here at once. @throws GW_DESK_NOT_FOUND */
  withdraw(by: Operator, personRef: string): Promise<{ readonly ended: number }>
  /**
   * @param allowDuplicate a manager's reason for enrolling a face that counts as somebody else's
   * @throws GW_DESK_NOT_FOUND, GW_DESK_FORBIDDEN, GW_FACE_ENGINE
   */
  enrol(by: Operator, personRef: string, photos: readonly Uint8Array[], allowDuplicate: string | null): Promise<EnrolResult>
  /** What the quality gate says of one picture, of which nothing is kept. @throws GW_DESK_SLOW_DOWN where another is being looked at */
  look(photo: Uint8Array): Promise<EnrolOutcome>
}

export interface PeopleDeps {
  readonly roster: DeskRoster
  readonly faces: DeskFaces
  readonly store: DeskStore
  readonly recorder: ActionRecorder
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource; readonly stamp: Stamper }
}

/** Residents as the desk sees and serves them. Photos pass through memory and are kept nowhere. */
export function createPeopleService(deps: PeopleDeps): PeopleService {
  const { roster, store, recorder, runtime: { clock, ids, stamp } } = deps

  const personOf = (personRef: string) => {
    const person = roster.persons().find((each) => each.personRef === personRef)
    if (person === undefined) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'personRef' })
    return person
  }
  const standing = (personRef: string) => roster.consents().filter((each) => each.personRef === personRef && clock.wallMs() < each.expiresAtMs)
  const lineOf = ({ personRef, displayName }: { personRef: string; displayName: string }): PersonLine =>
    ({ personRef, displayName, enrolled: deps.faces.isEnrolled(personRef), consented: standing(personRef).length > 0 })

  return {
    find(text) {
      const wanted = text.trim().toLowerCase()
      const found = wanted === '' ? [] : roster.persons().filter(({ displayName }) => displayName.toLowerCase().includes(wanted))
      const sorted = [...found].sort((one, other) => BY_NAME.compare(one.displayName, other.displayName))
      return { people: sorted.slice(0, FOUND_MAX).map(lineOf), more: sorted.length > FOUND_MAX }
    },
    async view(by, personRef) {
      const line = lineOf(personOf(personRef))
      await store.transact((tx) => tx.append(recorder(by, 'view-person', { subject: personRef })))
      return {
        ...line,
        consents: standing(personRef).map(({ consentId, noticeVersion, grantedAtMs, expiresAtMs }) => ({ consentId, noticeVersion, grantedAtMs, expiresAtMs })),
        permits: roster.permits().filter((permit) => permit.personRef === personRef)
          .map(({ gateIds, validFromMs, validUntilMs }) => ({ gateIds, validFromMs, validUntilMs })),
        credentials: roster.credentials().filter((each) => each.personRef === personRef)
          .map(({ credentialId, kind, validUntilMs }) => ({ credentialId, kind, validUntilMs })),
      }
    },
    async consent(by, personRef, { noticeVersion, guardianRef, days }) {
      personOf(personRef)
      const [held] = standing(personRef)
      if (held !== undefined) return { consentId: held.consentId, expiresAtMs: held.expiresAtMs }
      if (guardianRef === personRef) throw gatewayError('GW_DESK_INVALID', { field: 'guardianRef', problem: 'is the person' })
      if (guardianRef !== null && !roster.persons().some((each) => each.personRef === guardianRef)) throw gatewayError('GW_DESK_NOT_FOUND', { field: 'guardianRef' })
      const grantedAtMs = clock.wallMs()
      const terms = { consentId: ids.uuid(), personRef, noticeVersion, guardianRef, grantedAtMs, expiresAtMs: grantedAtMs + days * DAY_MS }
      const consent: ConsentV1 = { kind: 'consent.v1', purpose: 'face-access', ...terms }
      await roster.agree([consent], async (tx) => {
        await tx.putDeskHold({ kind: 'consent', itemId: consent.consentId, untilMs: consent.expiresAtMs })
        await tx.append({ kind: 'desk-consent.v1', ...stamp(), ...terms, operatorRef: by.operatorRef })
      })
      return { consentId: terms.consentId, expiresAtMs: terms.expiresAtMs }
    },
    async withdraw(by, personRef) {
      personOf(personRef)
      const consents = roster.consents().filter((each) => each.personRef === personRef)
      await roster.agree(consents.map(({ consentId }) => ({ kind: 'consent-deleted.v1', consentId, personRef, cause: 'withdrawn' })), async (tx) => {
        for (const { consentId } of consents) {
          await tx.dropDeskHold('consent', consentId)
          await tx.append({ kind: 'desk-withdrawal.v1', ...stamp(), consentId, personRef, operatorRef: by.operatorRef })
        }
        await tx.append(recorder(by, 'erase', { subject: personRef, ...(consents.length === 0 ? { outcome: 'refused', reason: 'no-consent' } as const : {}) }))
      })
      return { ended: consents.length }
    },
    ...createEnrolling(deps, (personRef) => void personOf(personRef)),
  }
}

/** The camera's part: looking at single pictures, and enrolment itself. */
function createEnrolling({ faces, store, recorder }: PeopleDeps, mustBeKnown: (personRef: string) => void): Pick<PeopleService, 'enrol' | 'look'> {
  let looking = false
  return {
    async enrol(by, personRef, photos, allowDuplicate) {
      mustBeKnown(personRef)
      if (allowDuplicate !== null && by.role !== 'manager') throw gatewayError('GW_DESK_FORBIDDEN')
      const result = await faces.enrol(personRef, photos, allowDuplicate === null ? {} : { allowDuplicate: { by: by.operatorRef, reason: allowDuplicate } })
      const refused = result.kind === 'refused' ? { outcome: 'refused', reason: result.reason } as const : {}
      await store.transact((tx) => tx.append(recorder(by, 'enrol', { subject: personRef, ...refused })))
      if (result.kind === 'enrolled' || by.role === 'manager') return result
      // Whose face it is already is for a manager's eyes.
      const { other: _named, ...bare } = result
      return bare
    },
    async look(photo) {
      // The same workers look at the gates: a second picture at a time would take a frame's place.
      if (looking) throw gatewayError('GW_DESK_SLOW_DOWN', { retryAfterSeconds: 1 })
      looking = true
      try {
        return await faces.look(photo)
      } finally {
        looking = false
      }
    },
  }
}
