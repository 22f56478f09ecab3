import type { CommandRefusal, DoorCommandV1, FrameResultV1 } from '#contract/device-messages.js'
import type { RefusalReason } from '#contract/passage-record.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { ConsentV1, GateV1, PermitV1, PersonV1 } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'

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

/** What the server said about who may pass where. Rent, arrears and payments are not in it and never will be. */
export interface Roster {
  readonly persons: readonly PersonV1[]
  readonly consents: readonly ConsentV1[]
  readonly permits: readonly PermitV1[]
  readonly gates: readonly GateV1[]
}

export interface RosterLookup {
  /** The gate that this camera watches; undefined also where two gates claim it. */
  gateOfCamera(cameraId: string): GateV1 | undefined
  gateOfDoor(controllerId: string, doorNo: number): GateV1 | undefined
  /** Permits of this person that name this gate, whatever their validity. */
  permits(personRef: string, gateId: string): readonly PermitV1[]
  /** True where a consent to face matching stands at `nowWallMs`. */
  hasConsent(personRef: string, nowWallMs: number): boolean
}

export interface DeviceClocks {
  /** Undefined while the controller is not connected or has not said its clock. */
  controllerClock(controllerId: string): ControllerClock | undefined
  /** How old the frame was at receipt by the camera's own clock, milliseconds; 0 where that clock is not known. */
  frameLagMs(frame: SeenFrame): number
}

/** Everything the access rules know of the world. */
export interface AccessView extends RosterLookup, DeviceClocks {}

export interface DoorPublisher {
  sendCommand(controllerId: string, command: DoorCommandV1): void
  showResult(cameraId: string, result: FrameResultV1): void
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

export interface AccessTx extends CommandTx {
  append(body: RecordBody): Promise<unknown>
  /** False where this event was stored before. */
  claimDeviceEvent(deviceId: string, eventId: string): Promise<boolean>
}

/** Durable state: a transaction resolves after its fsync, and nothing is sent before that. */
export interface AccessStore {
  transact<T>(work: (tx: AccessTx) => Promise<T>): Promise<T>
  /** Commands without an outcome, of this life or an earlier one. */
  openCommands(): Promise<readonly CommandRow[]>
}

/** Bounds an operator may move; see the configuration. */
export interface AccessPolicy {
  /** A frame older than this opens nothing. */
  readonly frameAgeMsMax: number
  /** From capture of the frame to the moment its command is dead, milliseconds. */
  readonly commandValidityMs: number
  /** A person who was let in at a gate gets no second command there for so long. */
  readonly regrantHoldMs: number
}

/**
 * `unknown-command`: an answer to nothing this gateway issued to that controller. `repeated-result`: a second answer.
 * `late-result`: an answer after the command was given up. `store-failed`: a decision could not be made durable.
 */
export type AccessAnomaly = 'unknown-command' | 'repeated-result' | 'late-result' | 'store-failed'

/** `undecided`: a frame of a face that was not decided about with it; nothing is shown or logged. */
export type DecisionResult = 'granted' | 'held' | 'refused' | 'no-face' | 'undecided'

export interface ObservedDecision {
  readonly gateId: string | null
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
  /** Receipt of the frame to the sending of its command, milliseconds. */
  commandSent(frameToCommandMs: number): void
  commandSettled(settled: { outcome: 'executed' | 'refused' | 'no-answer'; reason: CommandRefusal | null; latencyMs: number | null }): void
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
