import type { Direction } from '#contract/passage-record.js'
import type { GateRules } from '#contract/sync-roster.js'

/** Which way somebody was last seen to go through a gate of an area; `atMs` is wall-clock time. */
export interface Crossing {
  readonly direction: Direction
  readonly atMs: number
}

/**
 * Anti-passback: somebody who is inside cannot come in again, nor leave twice, since then a card was handed back. `hard`
 * refuses, `soft` lets through with a remark, `timed` refuses inwards for so many minutes only. Who was not seen lately, or
 * whose crossing lies in the future of a clock that was set back, is not held.
 */
export function passback(
  { antiPassback, antiPassbackMinutes }: Pick<GateRules, 'antiPassback' | 'antiPassbackMinutes'>,
  direction: Direction, last: Crossing | undefined, nowWallMs: number,
): 'pass' | 'remark' | 'refuse' {
  if (antiPassback === 'off' || last === undefined || last.atMs > nowWallMs || last.direction !== direction) return 'pass'
  if (antiPassback === 'timed') return direction === 'in' && nowWallMs - last.atMs < antiPassbackMinutes * 60_000 ? 'refuse' : 'pass'
  return antiPassback === 'hard' ? 'refuse' : 'remark'
}

/** What anti-passback counts by: the area that the gate leads into, or the gate itself where it leads into none. */
export const passbackArea = ({ gateId, rules }: { readonly gateId: string; readonly rules: Pick<GateRules, 'areaId'> }): string =>
  rules.areaId ?? `gate ${gateId}`
