import type { DoorCommandV1, FrameResultV1 } from '#contract/device-messages.js'
import type { GateV1, PermitV1 } from '#contract/sync-roster.js'

/** A controller's clock as the gateway knows it. */
export interface ControllerClock {
  readonly bootId: string
  /**
   * The controller's monotonic clock now, never ahead of the real one: the best of the recent heartbeats, each of
   * which was late by its own transport. A deadline from it can only be too early.
   */
  readonly monoMs: number
}

/** Everything the access rules know of the world. Rent, arrears and payments are not in it and never will be. */
export interface AccessView {
  /** The gate that this camera watches. */
  gateOfCamera(cameraId: string): GateV1 | undefined
  gateOfDoor(controllerId: string, doorNo: number): GateV1 | undefined
  /** Permits of this person that name this gate, whatever their validity. */
  permits(personRef: string, gateId: string): readonly PermitV1[]
  /** Undefined while the controller is not connected or has not said its clock. */
  controllerClock(controllerId: string): ControllerClock | undefined
}

export interface DoorPublisher {
  sendCommand(controllerId: string, command: DoorCommandV1): void
  showResult(cameraId: string, result: FrameResultV1): void
}

/** Where a command stands on disk. `sent` is not written: after a restart a command counts as sent. */
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
