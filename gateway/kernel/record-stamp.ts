import type { Clock } from './clock.js'
import type { IdSource, Uuid } from './ids.js'

/** The fields that every record of the gateway's log has. */
export interface RecordStamp {
  readonly recordId: Uuid
  readonly occurredAtMs: number
  readonly monoMs: number
  /** Life of the gateway process. */
  readonly bootId: Uuid
}

/** A fresh stamp: now, by both clocks. */
export type Stamper = () => RecordStamp

export const createStamper = (deps: { clock: Clock; ids: IdSource; bootId: Uuid }): Stamper => () => ({
  recordId: deps.ids.uuid(), occurredAtMs: deps.clock.wallMs(), monoMs: deps.clock.monoMs(), bootId: deps.bootId,
})
