import type { CommandRefusal, DoorCommandV1, DoorMode, DoorModeCause, DoorModeV1, FrameResultV1 } from '#contract/device-messages.js'
import type { Direction, OverrideReason, RefusalReason, Way } from '#contract/passage-record.js'
import type { CredentialResultV1 } from '#contract/reader-messages.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { ConsentV1, CredentialItemV1, GateV2, HolidayV1, PermitV2, PersonV1, ScheduleV1, VisitV1 } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { DayCalendar } from '#kernel/schedule.js'
import type { DoorState } from './door-machine.js'
import type { FreshnessLimits } from './freshness-rules.js'
import type { RuleState, RuleTx } from './rule-ports.js'

/** A controller's clock as the gateway knows it. */
export interface ControllerClock {
  readonly bootId: string
  /**
   * The controller's monotonic clock now, never ahead of the real one: the best of the recent heartbeats, each of
   * which was late by its own transport. A deadline from it can only be too early.
   */
  readonly monoMs: number
}

/** A frame as the decision sees it: no picture. */
export interface SeenFrame {
  readonly cameraId: string
  readonly frameId: string
  /** The camera's own boot id and monotonic clock at capture: claims, used only to make the frame older. */
  readonly bootId: string
  readonly capturedMonoMs: number
  /** The gateway's monotonic clock at receipt. */
  readonly receivedMonoMs: number
}

/** A device's own clock when it said something, and the gateway's monotonic clock at its receipt. */
export interface DeviceMoment {
  readonly deviceId: string
  readonly bootId: string
  /** A claim: it can only make older what the device says. */
  readonly monoMs: number
  readonly receivedMonoMs: number
}

/** What the server, and the estate's desk, said about who may pass where. Rent, arrears and payments are not in it and never will be. */
export interface Roster {
  readonly persons: readonly PersonV1[]
  readonly consents: readonly ConsentV1[]
  readonly permits: readonly PermitV2[]
  readonly gates: readonly GateV2[]
  readonly schedules: readonly ScheduleV1[]
  readonly holidays: readonly HolidayV1[]
  readonly credentials: readonly CredentialItemV1[]
  readonly visits: readonly VisitV1[]
}

/** Where a camera, reader or terminal stands. */
export interface DevicePlace {
  readonly gate: GateV2
  readonly direction: Direction
}

export interface RosterLookup {
  /** Undefined where no gate has this device, and where two claim it. */
  placeOf(deviceId: string): DevicePlace | undefined
  /** The gate that this camera watches; undefined also where two gates claim it. */
  gateOfCamera(cameraId: string): GateV2 | undefined
  gateOfDoor(controllerId: string, doorNo: number): GateV2 | undefined
  gate(gateId: string): GateV2 | undefined
  gates(): readonly GateV2[]
  /** Permits of this person that name this gate, whatever their validity. */
  permits(personRef: string, gateId: string): readonly PermitV2[]
  /** True where a consent to face matching stands at `nowWallMs`. */
  hasConsent(personRef: string, nowWallMs: number): boolean
  visit(visitId: string): VisitV1 | undefined
  /** True for what the estate's own desk agreed and the server has not named yet. */
  isAgreedHere(itemId: string): boolean
  schedule(scheduleId: string): ScheduleV1 | undefined
  calendar(): DayCalendar
  credential(credentialId: string): CredentialItemV1 | undefined
  /** @param number lower-case hex, as readers send it */
  cardOf(number: string): CredentialItemV1 | undefined
  /** @param sha256 of the code's text, hex */
  tokenOf(sha256: string): CredentialItemV1 | undefined
  pinOf(number: string): CredentialItemV1 | undefined
}

export interface DeviceClocks {
  /** Undefined while the controller is not connected or has not said its clock. */
  controllerClock(controllerId: string): ControllerClock | undefined
  /** How old a word was at its receipt by the device's own clock, milliseconds; 0 where that clock is not known. */
  lagMs(moment: DeviceMoment): number
}

/** What is known now of the doors. */
export interface DoorLookup {
  state(controllerId: string, doorNo: number): DoorState
  /** True where the controller has said that a contact tells whether the leaf is open. */
  hasContact(controllerId: string, doorNo: number): boolean
}

/** Everything the access rules know of the world. */
export interface AccessView {
  readonly roster: RosterLookup
  /** Since everything that the server had was here, milliseconds. */
  readonly rosterAgeMs: () => number
  readonly clocks: DeviceClocks
  readonly doors: DoorLookup
}

export interface DoorPublisher {
  sendCommand(controllerId: string, command: DoorCommandV1): void
  sendMode(controllerId: string, mode: DoorModeV1): void
  showResult(cameraId: string, result: FrameResultV1): void
  answerReader(readerId: string, result: CredentialResultV1): void
}

/** Somebody at the desk, or a manager at the server, opens a gate once. */
export interface HandOpening {
  readonly gateId: string
  readonly way: Extract<Way, 'guard' | 'remote'>
  readonly operatorRef: string
  readonly override: OverrideReason
}

/** A gate is to be held open or locked, or to work as usual again. */
export interface ModeChange {
  readonly gateId: string
  readonly mode: DoorMode
  readonly cause: Exclude<DoorModeCause, 'schedule'>
  /** Who said so; null for fire. */
  readonly operatorRef: string | null
}

/**
 * What became of a command, with the controller's own answer. `refused` with `gate-unknown`, `interlocked`,
 * `controller-offline` or `engine-failed`: nothing was sent.
 */
export interface HandOutcome {
  readonly outcome: 'executed' | 'refused' | 'no-answer'
  readonly reason: RefusalReason | CommandRefusal | null
  /** The passage's record; null where none was written. */
  readonly passageId: string | null
}

/** What the desk, orders and the fire zone may ask of gates. */
export interface GateHands {
  /** Commits, then commands; resolves with the controller's answer, or once none can come any more. Never rejects. */
  openByHand(opening: HandOpening): Promise<HandOutcome>
  /**
   * From now on until told otherwise, over restarts of gateway and controller: fire zone before operator before schedule; `normal`
   * takes this cause's word back. Resolves with the controller's first answer; where none came the command is repeated until
   * one does. Never rejects. A fire zone's command does not wait for the disk.
   */
  setDoorMode(change: ModeChange): Promise<HandOutcome>
  /** How each gate is held now, and by what. */
  doorModes(): ReadonlyArray<{ readonly gateId: string; readonly mode: DoorMode; readonly cause: DoorModeCause; readonly confirmed: boolean }>
  /** A lost card or phone: void here from now on. False where no such credential is known. @throws whatever the store throws */
  blockCredential(block: { readonly credentialId: string; readonly operatorRef: string }): Promise<boolean>
}

/** Where a command stands on disk. That it was sent is not written: after a restart it counts as sent. */
export const COMMAND_STAGES = ['issued', 'executed', 'refused', 'no-answer', 'answered-late'] as const
export type CommandStage = (typeof COMMAND_STAGES)[number]

/** A committed command, kept so that an answer after a restart still finds its passage. */
export interface CommandRow {
  readonly commandId: string
  readonly passageId: string
  readonly gateId: string
  /** The controller it was made for; an answer of any other is not an answer. */
  readonly deviceId: string
  /** Wall clock, for retention only. */
  readonly issuedAtMs: number
  readonly stage: CommandStage
}

export interface CommandTx {
  putCommand(command: CommandRow): Promise<void>
  findCommand(commandId: string): Promise<CommandRow | undefined>
  /** Compare and set: false, and nothing changed, where the command does not stand at `from`. */
  moveCommand(commandId: string, from: CommandStage, to: CommandStage): Promise<boolean>
}

export interface AccessTx extends CommandTx, RuleTx {
  append(body: RecordBody): Promise<unknown>
  /** False where this event was stored before. */
  claimDeviceEvent(deviceId: string, eventId: string): Promise<boolean>
}

/** Durable state: a transaction resolves after its fsync, and nothing is sent before that. */
export interface AccessStore {
  transact<T>(work: (tx: AccessTx) => Promise<T>): Promise<T>
  /** Commands without an outcome, of this life or an earlier one. */
  openCommands(): Promise<readonly CommandRow[]>
  ruleState(): Promise<RuleState>
}

/** Bounds an operator may move; see the configuration. */
export interface AccessPolicy extends FreshnessLimits {
  /** A frame older than this opens nothing. */
  readonly frameAgeMsMax: number
  /** From capture of the frame to the moment its command is dead, milliseconds. */
  readonly commandValidityMs: number
  /** A person who was let in at a gate gets no second command there for so long. */
  readonly regrantHoldMs: number
  /** How far a phone's clock may be from the gateway's for its code to count, either way. */
  readonly codeWindowSeconds: number
  /** After so long it is not known any more whether somebody is inside an area: anti-passback and occupancy forget them. */
  readonly presenceHours: number
  /** Wrong PINs in a row that lock their number, and for how long the first time. */
  readonly pinTriesMax: number
  readonly pinLockMinutes: number
}

/**
 * `unknown-command`: an answer to nothing this gateway issued to that controller. `repeated-result`: a second answer.
 * `late-result`: an answer after the command was given up. `store-failed`: a decision could not be made durable.
 * `repeated-presentation`: a reader sent the same one again. `flood`: a reader sends more than anybody presents.
 */
export type AccessAnomaly = 'unknown-command' | 'repeated-result' | 'late-result' | 'store-failed' | 'repeated-presentation' | 'flood'

/** `undecided`: a frame of a face that was not decided about with it; nothing is shown or logged. */
export type DecisionResult = 'granted' | 'held' | 'refused' | 'no-face' | 'undecided'

export interface ObservedDecision {
  readonly gateId: string | null
  /** Null where somebody opened by hand. */
  readonly deviceId: string | null
  readonly way: Way
  /** Null where nobody was recognised, and for a visit. */
  readonly personRef: string | null
  /** Of the record, where there is one. */
  readonly passageId: string | null
  readonly result: DecisionResult
  readonly reason: RefusalReason | null
  /** False for held and repeated ones, and where nobody was seen. */
  readonly logged: boolean
  /** Milliseconds by stage: those of the face, and queue, decide, commit. */
  readonly timings: Readonly<Record<string, number>>
}

/** For metrics and the live page; never on the way of a decision. */
export interface AccessObserver {
  decided(decision: ObservedDecision): void
  /** Receipt of what was seen or asked for to the sending of its command, milliseconds. */
  commandSent(sinceReceiptMs: number, way: Way): void
  /** Way and latency are null where an earlier life of the process sent it. */
  commandSettled(settled: { outcome: 'executed' | 'refused' | 'no-answer'; reason: CommandRefusal | null; latencyMs: number | null; way: Way | null }): void
  anomaly(kind: AccessAnomaly): void
}

/** What the parts of the access rules take from the process they live in. */
export interface AccessRuntime {
  readonly clock: Clock
  readonly ids: IdSource
  readonly stamp: Stamper
  readonly log: Logger
  readonly observer: AccessObserver
}
