import type { TillReceipt } from '#contract/till-messages.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import type { FaultProfile } from '../faults.js'
import type { BrokerAccess } from './mqtt-session.js'

/** What every simulated device is made of. */
export interface DeviceWorld {
  readonly clock: Clock
  readonly ids: IdSource
  readonly random: RandomSource
  readonly log: Logger
}

export interface DeviceSettings {
  readonly address: DeviceAddress
  readonly access: BrokerAccess
  readonly heartbeatMs: number
  readonly faults: FaultProfile
}

/** Counts of one camera over its whole run. */
export interface CameraReport {
  readonly kind: 'camera'
  readonly deviceId: string
  /** Version that it runs. */
  readonly firmware: string
  readonly connects: number
  readonly framesSent: number
  /** Not sent: no connection, or the picture before was still on its way. */
  readonly framesSkipped: number
  /** Results by outcome, refusals as `refused:reason`. */
  readonly resultsShown: Readonly<Record<string, number>>
  /** Milliseconds from handing a frame to the network to showing its result: at most the latest 10 000. */
  readonly resultMs: readonly number[]
  readonly notices: Readonly<Record<string, number>>
}

/** Counts of one controller over its whole run. */
export interface ControllerReport {
  readonly kind: 'controller'
  readonly deviceId: string
  /** Version that it runs. */
  readonly firmware: string
  readonly connects: number
  readonly reboots: number
  readonly commandsReceived: number
  readonly commandsExecuted: number
  readonly commandsRefused: Readonly<Record<string, number>>
  /** Contacts that opened, whoever opened the door. */
  readonly doorsOpened: number
  readonly eventsAcknowledged: number
  readonly eventsPending: number
  readonly eventsLost: number
  readonly notices: Readonly<Record<string, number>>
}

/** Counts of one reader over its whole run. */
export interface ReaderReport {
  readonly kind: 'reader'
  readonly deviceId: string
  /** Version that it runs. */
  readonly firmware: string
  readonly connects: number
  readonly presented: number
  readonly shown: Readonly<Record<string, number>>
  /** Answers by outcome, refusals as `refused:reason`. */
  readonly answers: Readonly<Record<string, number>>
  /** Milliseconds from handing a presentation to the network to its answer: at most the latest 10 000. */
  readonly resultMs: readonly number[]
  readonly notices: Readonly<Record<string, number>>
}

/** Counts of one till over its whole run. */
export interface TillReport {
  readonly kind: 'till'
  readonly deviceId: string
  /** Version that it runs. */
  readonly firmware: string
  readonly connects: number
  readonly reboots: number
  /** Answers to typed numbers by outcome. */
  readonly lists: Readonly<Record<string, number>>
  /** Answers about codes by outcome, refusals as `refused:reason`. */
  readonly codes: Readonly<Record<string, number>>
  /** Payments in cash and by card, those whose receipt was printed, and those that nobody confirmed yet or that were refused. */
  readonly taken: number
  readonly printed: number
  readonly pending: number
  readonly refused: number
  /** At most the latest 1 000. */
  readonly receipts: readonly TillReceipt[]
  readonly notices: Readonly<Record<string, number>>
}

export type DeviceReport = CameraReport | ControllerReport | ReaderReport | TillReport

export interface SimulatedDevice {
  start(): void
  stop(): Promise<void>
  report(): DeviceReport
}

/** Adds one to `counts[name]`. */
export function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
