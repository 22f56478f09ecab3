import type { DoorMode } from '#contract/device-messages.js'
import type { Direction } from '#contract/passage-record.js'

/** Which way somebody was last seen to go through a gate of this area. */
export interface PresenceRow {
  readonly areaId: string
  /** A `personRef`, or the id of a visit. */
  readonly holder: string
  readonly direction: Direction
  /** Wall clock: it must survive restarts. */
  readonly atMs: number
}

/** How a gate is to be held, and what it is known to have been told. */
export interface GateStateRow {
  readonly gateId: string
  readonly operatorMode: Exclude<DoorMode, 'normal'> | null
  readonly operatorRef: string | null
  readonly fire: boolean
  /** `normal` only once the controller has said that it obeys it. */
  readonly toldMode: DoorMode
  /** When somebody with a permit last came in; null before. */
  readonly firstInAtMs: number | null
}

/** Wrong PINs that were typed for one number. */
export interface PinLockRow {
  /** Never the number itself: the credential's id, or a digest of a number that nobody has. */
  readonly key: string
  /** Since the last right one or the last lock. */
  readonly failures: number
  /** Locks since the last right one; each is twice as long as the one before. */
  readonly locks: number
  /** Wall clock; null while it is not locked. */
  readonly lockedUntilMs: number | null
  readonly updatedAtMs: number
}

/** A code that may be used once was used at one gate. */
export interface UsedCodeRow {
  /** Gate, credential and moment of the code; not the code itself. */
  readonly key: string
  /** Wall clock: it must survive restarts. */
  readonly usedAtMs: number
}

/** What the rules remember over a restart. */
export interface RuleState {
  readonly presence: readonly PresenceRow[]
  readonly gates: readonly GateStateRow[]
  readonly pinLocks: readonly PinLockRow[]
  /** Passages inwards by visit. */
  readonly visitUses: ReadonlyMap<string, number>
  readonly blockedCredentials: ReadonlySet<string>
  readonly usedCodes: readonly UsedCodeRow[]
}

export interface RuleTx {
  putPresence(row: PresenceRow): Promise<void>
  /** Forgets what is older. */
  prunePresence(beforeMs: number): Promise<void>
  putGateState(row: GateStateRow): Promise<void>
  putPinLock(row: PinLockRow): Promise<void>
  deletePinLock(key: string): Promise<void>
  /** Counts one passage of a visit, or takes one back. */
  countVisit(visitId: string, change: 1 | -1): Promise<void>
  blockCredential(credentialId: string): Promise<void>
  useCode(row: UsedCodeRow): Promise<void>
  forgetCode(key: string): Promise<void>
  /** Forgets what was used before. */
  pruneCodes(beforeMs: number): Promise<void>
}
