import type { AlarmKind, AlarmState } from '#contract/alarm-records.js'
import type { RegisterKind } from '#contract/device-records.js'
import type { DoorMode, DoorModeCause } from '#contract/device-messages.js'
import type { OverrideReason } from '#contract/passage-record.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { RosterItem } from '#contract/sync-roster.js'
import type { DoorState } from '../access/door-machine.js'
import type { EnrolOptions, EnrolResult } from '../enrol/enrol-service.js'
import type { EnrolOutcome } from '../face/types.js'
import type { DayAtDesk } from '../payment/estate-close.js'
import type { StoredRecord } from '../store/types.js'

export const DESK_ROLES = ['guard', 'manager'] as const
/** A manager may all that a guard may. */
export type DeskRole = (typeof DESK_ROLES)[number]

/** Somebody who works at the desk. The name stands in this table only and can be erased; records know the reference. */
export interface OperatorRow {
  readonly operatorRef: string
  /** Lower case; null once the operator was erased. */
  readonly loginName: string | null
  readonly displayName: string
  readonly role: DeskRole
  /** `scrypt$N$r$p$salt$hash`; null once erased. */
  readonly passwordHash: string | null
  readonly createdAtMs: number
  readonly disabledAtMs: number | null
}

/** A login. The token leaves only in the cookie; the table has its SHA-256. */
export interface DeskSessionRow {
  readonly tokenHash: string
  readonly operatorRef: string
  readonly createdAtMs: number
  readonly lastSeenAtMs: number
  readonly expiresAtMs: number
}

/** What one shift leaves to the next, or what somebody remarked on a passage opened by hand. Erasable. */
export interface DeskNoteRow {
  readonly noteId: string
  readonly operatorRef: string
  readonly writtenAtMs: number
  /** Passage that it is about; null for the hand-over of a shift. */
  readonly passageId: string | null
  readonly text: string
}

/**
 * Something agreed at this desk that the server has not named yet. A snapshot of the server that does not name it leaves
 * it alone until the server has spoken of it by itself or its time is over.
 */
export interface DeskHold {
  readonly kind: 'consent' | 'visit' | 'credential'
  readonly itemId: string
  readonly untilMs: number
}

/** The desk's part of a transaction. */
export interface DeskTx {
  /** A new operator, or another state of a known one. @throws GW_DESK_LOGIN_NAME_TAKEN */
  putOperator(operator: OperatorRow): Promise<void>
  putDeskSession(session: DeskSessionRow): Promise<void>
  touchDeskSession(tokenHash: string, atMs: number): Promise<void>
  /** Ends one login, or all of an operator. */
  endDeskSessions(which: { readonly tokenHash: string } | { readonly operatorRef: string }): Promise<void>
  putDeskNote(note: DeskNoteRow): Promise<void>
  putDeskHold(hold: DeskHold): Promise<void>
  dropDeskHold(kind: DeskHold['kind'], itemId: string): Promise<void>
  /** Notes written and logins expired before `atMs` go. */
  pruneDesk(atMs: number): Promise<void>
}

/** Reads of committed rows. */
export interface DeskReads {
  /** By login name; erased ones last. */
  operators(): Promise<readonly OperatorRow[]>
  operatorByLogin(loginName: string): Promise<OperatorRow | undefined>
  deskSession(tokenHash: string): Promise<{ readonly session: DeskSessionRow; readonly operator: OperatorRow } | undefined>
  /** Notes of hand-over, newest first. */
  deskNotes(limit: number): Promise<readonly DeskNoteRow[]>
  /** Remarks on passages that were opened by hand, newest first. */
  deskRemarks(limit: number): Promise<readonly DeskNoteRow[]>
  deskHolds(): Promise<readonly DeskHold[]>
  /** Records of the log before a place, newest first. */
  recordsBefore(place: LogPlace, limit: number): Promise<readonly StoredRecord[]>
}

export interface LogPlace {
  readonly epoch: number
  readonly seq: number
}

/** One transaction at the desk: what changes, and the records of it. */
export type DeskWork = DeskTx & { append(body: RecordBody): Promise<unknown> }

/** The store as the desk uses it. */
export interface DeskStore extends DeskReads {
  transact<T>(work: (tx: DeskWork) => Promise<T>): Promise<T>
  head(): LogPlace | undefined
  recordsAfter(epoch: number, seq: number, limit: number): Promise<readonly StoredRecord[]>
}

/** What became of an order to a door. `reason` is a code of the decision or of the controller; null where there is none. */
export interface DoorAnswer {
  readonly outcome: 'executed' | 'refused' | 'no-answer'
  readonly reason: string | null
  /** The passage that an opening was recorded as; null where none was. */
  readonly passageId: string | null
}

export interface DeskDoors {
  /** What is known of the gate's door now. */
  state(gateId: string): { readonly door: DoorState; readonly online: boolean; readonly mode: DoorMode; readonly modeCause: DoorModeCause | null }
  /** Committed, sent, and resolved once the controller answered or its time is over. */
  open(order: { readonly gateId: string; readonly operatorRef: string; readonly override: OverrideReason }): Promise<DoorAnswer>
  setMode(order: { readonly gateId: string; readonly operatorRef: string; readonly mode: DoorMode; readonly reason: OverrideReason }): Promise<DoorAnswer>
  /** Ends the release of a zone after a fire; refused while any input of it still says fire. */
  resetZone(order: { readonly zoneId: string; readonly operatorRef: string }): Promise<DoorAnswer>
}

export interface DeskAlarm {
  readonly alarmId: string
  readonly alarm: AlarmKind
  readonly state: Exclude<AlarmState, 'cleared'>
  readonly gateId: string | null
  readonly deviceId: string | null
  readonly personRef: string | null
  readonly raisedAtMs: number
  readonly detail: string | null
  /** Its cause is gone, as far as that can be measured. */
  readonly over: boolean
  /** True where a person may say now that it is over. */
  readonly mayClear: boolean
}

export interface DeskAlarms {
  list(): readonly DeskAlarm[]
  /** `refused` where it is no more, or where its cause still stands. */
  move(order: { readonly alarmId: string; readonly state: 'acknowledged' | 'cleared'; readonly operatorRef: string }): Promise<'done' | 'refused'>
}

export interface DeskDevice {
  readonly deviceId: string
  readonly deviceKind: RegisterKind
  readonly online: boolean
  readonly revoked: boolean
  readonly lastSeenAtMs: number | null
  readonly firmware: string | null
  readonly clockOffsetMs: number | null
  readonly faults: readonly string[]
}

/** Payments at the estate's tills, day by day. */
export interface DeskTakings {
  today(): Promise<DayAtDesk>
  /** Counts the day now for the server to compare. */
  count(operatorRef: string): Promise<DayAtDesk>
}

/** Way to the server, as people at the desk care about it. */
export interface DeskUplink {
  readonly lastContactAtMs: number | null
  readonly problem: string | null
  /** Records that the server has not, and since when the oldest of them waits. */
  readonly waiting: number
  readonly waitingSinceMs: number | null
}

export interface DeskFaces {
  /** One photo through the serving pipeline, of which nothing is kept. @throws GW_FACE_ENGINE */
  look(photo: Uint8Array): Promise<EnrolOutcome>
  enrol(personRef: string, photos: readonly Uint8Array[], options?: EnrolOptions): Promise<EnrolResult>
  isEnrolled(personRef: string): boolean
}

/** Who and what belongs to the estate, as this gateway holds it, whoever agreed it. */
export interface DeskRoster {
  persons(): readonly { readonly personRef: string; readonly displayName: string }[]
  gates(): readonly { readonly gateId: string; readonly name: string; readonly zoneId: string; readonly controllerId: string; readonly devices: readonly string[] }[]
  consents(): readonly { readonly consentId: string; readonly personRef: string; readonly noticeVersion: string; readonly grantedAtMs: number; readonly expiresAtMs: number }[]
  permits(): readonly { readonly personRef: string; readonly gateIds: readonly string[]; readonly validFromMs: number; readonly validUntilMs: number }[]
  visits(): readonly DeskVisit[]
  credentials(): readonly DeskCredential[]
  /**
   * Takes over what was agreed at this desk as if the server had said it, and does `also` in the same transaction. Faces
   * whose consent ends have left every worker's gallery before.
   */
  agree(items: readonly RosterItem[], also: (tx: DeskWork) => Promise<void>): Promise<void>
  /** A lost card or phone: void from now on, with its record. False where no such credential is known. */
  block(block: { readonly credentialId: string; readonly operatorRef: string }): Promise<boolean>
}

export interface DeskVisit {
  readonly visitId: string
  readonly displayName: string
  readonly hostPersonRef: string | null
  readonly gateIds: readonly string[]
  readonly validFromMs: number
  readonly validUntilMs: number
  readonly passagesMax: number | null
}

export interface DeskCredential {
  readonly credentialId: string
  readonly personRef: string | null
  readonly visitId: string | null
  readonly kind: 'card' | 'phone-key' | 'token' | 'pin'
  readonly validFromMs: number
  readonly validUntilMs: number
}
