import type { Direction } from '#contract/passage-record.js'
import type { GateRules } from '#contract/sync-roster.js'

/** Who is in the area that a gate leads into, as far as crossings were seen. */
export interface AreaNow {
  /** Persons and visits inside, and on their way in. */
  readonly inside: number
  /** The one who asks is among them. */
  readonly isInside: boolean
}

/** True where one more would be too many. Who is inside already, or goes out, adds nobody. */
export const isAreaFull = ({ areaId, occupancyMax }: Pick<GateRules, 'areaId' | 'occupancyMax'>, direction: Direction, { inside, isInside }: AreaNow): boolean =>
  areaId !== null && occupancyMax !== null && direction === 'in' && !isInside && inside >= occupancyMax
