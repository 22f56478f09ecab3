import type { RecordBody } from '#contract/sync-records.js'
import type {
  ConsentV1, CredentialItemV1, DeviceSettingsV1, GateV2, HolidayV1, PermitV2, PersonV1, ScheduleV1, VisitV1,
} from '#contract/sync-roster.js'
import type { DeviceKind } from '#contract/message-table.js'
import type { ChainHead } from '#kernel/hash-chain.js'
import type { CommandRow, CommandTx, Roster } from '../access/ports.js'
import type { RuleState, RuleTx } from '../access/rule-ports.js'
import type { AlarmReads, AlarmTx, FireTx } from '../alarm/ports.js'
import type { DeskReads, DeskTx } from '../desk/ports.js'
import type { CareReads, CareTx } from '../device/care-ports.js'
import type { TerminalReads, TerminalTx } from '../device/oem/ports.js'
import type { OrderTx } from '../orders/ports.js'
import type { PaymentReads, PaymentTx } from '../payment/ports.js'

/** A record as it stands in the log: `payload` is the exact text that was hashed. */
export interface StoredRecord {
  readonly epoch: number
  readonly seq: number
  readonly payload: string
  readonly hash: string
}

/** What one transaction may do. All of it commits, with one fsync, or none of it. */
export interface StoreTx extends CommandTx, RuleTx, TerminalTx, DeskTx, CareTx, AlarmTx, FireTx, OrderTx, PaymentTx {
  /** Appends to the log, which is the outbox too: seq, hash and commit are one. @throws GW_STORE_NO_EPOCH, GW_STORE_INVALID */
  append(body: RecordBody): Promise<{ epoch: number; seq: number; hash: string }>
  /** False where this device event was stored before: acknowledge it again, append nothing. */
  claimDeviceEvent(deviceId: string, eventId: string): Promise<boolean>
  saveDevice(device: DeviceRow): Promise<void>
  putPerson(person: PersonV1): Promise<void>
  deletePerson(personRef: string): Promise<void>
  putConsent(consent: ConsentV1): Promise<void>
  /** @throws GW_STORE_CONSENT_IN_USE while templates stand on it: `deleteTemplates` first, whose count the erasure record needs */
  deleteConsent(consentId: string): Promise<void>
  putPermit(permit: PermitV2): Promise<void>
  deletePermit(permitId: string): Promise<void>
  putGate(gate: GateV2): Promise<void>
  deleteGate(gateId: string): Promise<void>
  putSchedule(schedule: ScheduleV1): Promise<void>
  deleteSchedule(scheduleId: string): Promise<void>
  putHoliday(holiday: HolidayV1): Promise<void>
  deleteHoliday(date: string): Promise<void>
  putCredential(credential: CredentialItemV1): Promise<void>
  /** With it goes what was remembered of it: a block, wrong tries. */
  deleteCredential(credentialId: string): Promise<void>
  putVisit(visit: VisitV1): Promise<void>
  /** With it go its credentials and the count of its passages. */
  deleteVisit(visitId: string): Promise<void>
  putDeviceSettings(settings: DeviceSettingsV1): Promise<void>
  deleteDeviceSettings(deviceId: string): Promise<void>
  setRosterCursor(cursor: number): Promise<void>
  setRosterAge(age: RosterAgeRow): Promise<void>
  /**
   * Replaces the person's templates; sealed with the store's key before they reach the file.
   * @throws GW_STORE_NO_CONSENT where the roster holds no such consent of this person
   */
  putTemplates(personRef: string, consentId: string, modelId: string, embeddings: readonly Float32Array[]): Promise<void>
  /** Adds pairs; one that is there is replaced. They go with the templates of either. @throws GW_STORE_INVALID where one lacks templates */
  putLookAlikes(pairs: readonly LookAlikePair[]): Promise<void>
  /** How many were removed. Freed pages are overwritten (`secure_delete`) and the write-ahead log is emptied after the commit. */
  deleteTemplates(personRef: string): Promise<number>
}

export interface StoredTemplates {
  readonly personRef: string
  readonly consentId: string
  readonly modelId: string
  readonly embeddings: readonly Float32Array[]
}

/** Two persons whose templates are hard to tell apart. */
export interface LookAlikePair {
  readonly personRef: string
  readonly otherRef: string
  /** Cosine of their templates. */
  readonly score: number
  /** Who decided, and why, that they are two persons although they count as one; null where they do not. */
  readonly allowed: { readonly by: string; readonly reason: string; readonly atMs: number } | null
}

export interface RosterPerson {
  readonly person: PersonV1
  /** All consents of this person, valid now or not. */
  readonly consents: readonly ConsentV1[]
}

export interface RosterSnapshot extends Roster {
  readonly deviceSettings: readonly DeviceSettingsV1[]
  /** 0 before the first page. */
  readonly cursor: number
}

/** How old the roster was at a moment of the wall clock. */
export interface RosterAgeRow {
  readonly ageMs: number
  readonly atWallMs: number
}

/** Durable identity of this gateway, given by the server at claim time. */
export interface GatewayIdentity {
  readonly gatewayId: string
  readonly estateId: string
  /** Bearer credential for the server. */
  readonly credential: string
}

export interface DeviceRow {
  readonly deviceId: string
  readonly deviceKind: DeviceKind
  /** SHA-256 of the certificate in DER, hex; a revoked device keeps its row. */
  readonly certificateFingerprint: string
  readonly revokedAtMs: number | null
}

/** What may be forgotten. */
export interface PruneLimits {
  /** Uploaded records that occurred before it go, oldest first; the last uploaded one of each epoch stays. */
  readonly recordsBeforeMs: number
  /** Claims of device events and settled commands from before it go. A device that sends one again later is stored twice. */
  readonly claimsBeforeMs: number
  /** Enough for this time. */
  readonly rowsMax?: number
}

/** The gateway's only durable state. Reads see committed data; every write goes through `transact`. */
export interface GatewayStore extends TerminalReads, DeskReads, CareReads, AlarmReads, PaymentReads {
  /** @throws GW_STORE_IN_USE, GW_STORE_FOREIGN, GW_STORE_CORRUPT, GW_STORE_CHAIN, GW_STORE_NEWER, GW_STORE_KEY, GW_STORE_OPEN */
  open(): Promise<void>
  /** Ends after the last queued transaction committed, and marks the shutdown as clean. */
  close(): Promise<void>
  /**
   * Queued transactions are committed in groups; resolves after the fsync that made `work` durable. A work that throws
   * is undone alone and its error handed on. It awaits nothing but `tx`: the others wait for it.
   * @throws GW_STORE_FULL, GW_STORE_BUSY, GW_STORE_COMMIT, GW_STORE_CLOSED
   */
  transact<T>(work: (tx: StoreTx) => Promise<T>): Promise<T>
  identity(): Promise<GatewayIdentity | undefined>
  /** A restored log goes on as the gateway that wrote it. @throws GW_STORE_IDENTITY where the log belongs to another gateway; GW_STORE_CHAIN */
  saveIdentity(identity: GatewayIdentity): Promise<void>
  /** True from a restored backup's first opening on, until `restoreDone`: what was revoked meanwhile is not known here yet. */
  isRestored(): Promise<boolean>
  restoreDone(): Promise<void>
  /** Copies the database as last committed to a new file for a backup. @throws GW_STORE_READ, GW_STORE_FULL, GW_STORE_NO_EPOCH */
  snapshot(target: string): Promise<void>
  /** Head of the log, or undefined before the first epoch was granted. */
  head(): ChainHead | undefined
  /**
   * Begins writing in `epoch` after `startHash`; the same again is no change.
   * @throws GW_STORE_EPOCH where the log already stands in it with other content, or past it
   */
  beginEpoch(epoch: number, startHash: string): Promise<void>
  /** Records of one epoch after `seq`, oldest first. */
  recordsAfter(epoch: number, seq: number, limit: number): Promise<readonly StoredRecord[]>
  /** Hash of the record at `seq`; at 0 the hash that the epoch starts from. @throws GW_STORE_NO_RECORD */
  hashAt(epoch: number, seq: number): Promise<string>
  /** Oldest epoch after `afterEpoch` that still has records to send, with the highest seq of it that the server holds. */
  uploadPosition(afterEpoch?: number): Promise<{ epoch: number; ackedSeq: number; lastSeq: number } | undefined>
  /** A lower seq than before is no change. @throws GW_STORE_ACK_AHEAD where the log never held so many */
  markUploaded(epoch: number, contiguousSeq: number): Promise<void>
  /** Records not yet at the server. */
  backlog(): Promise<number>
  /** Bytes that the log may still take: of the disk, and of the size that the file may have, whichever is less. */
  freeBytes(): Promise<number>
  roster(): Promise<RosterSnapshot>
  rosterAge(): Promise<RosterAgeRow | undefined>
  /** One person of the roster; undefined where it has no such person. The whole of it is long to read and large. */
  rosterPerson(personRef: string): Promise<RosterPerson | undefined>
  /** All templates in pages of whole persons, each opened when it is asked for: never all of them in memory. @throws GW_STORE_KEY */
  templatePages(): AsyncIterable<readonly StoredTemplates[]>
  lookAlikes(): Promise<readonly LookAlikePair[]>
  devices(): Promise<readonly DeviceRow[]>
  saveDevice(device: DeviceRow): Promise<void>
  /** Commands that have no outcome yet, oldest first. */
  openCommands(): Promise<readonly CommandRow[]>
  ruleState(): Promise<RuleState>
  /** Resolves to the number of rows that went. Works in small transactions, so that others get between. */
  prune(limits: PruneLimits): Promise<number>
  /** True where the last process that had the file open closed it properly, or the file is new. */
  wasCleanShutdown(): boolean
}
