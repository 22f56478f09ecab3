import type { RosterItem } from '#contract/sync-roster.js'

/**
 * Where a gateway stands in its estate's feed. Inside a snapshot it stands there too: the snapshot is the feed from its
 * beginning, between `reset.v1` and `complete.v1`.
 */
export interface RosterPosition {
  readonly mode: 'start' | 'snapshot' | 'changes'
  /** Changes up to this cursor were given out. */
  readonly after: number
  /** What the gateway understands: 1, or 2 for the newest. */
  readonly contract: number
}

/** Added to the feed's cursor inside a snapshot; the feed's own are below 2^31. */
const SNAPSHOT = 2 ** 48
/** Stands for the beginning of an empty feed, where 0 would ask for a snapshot again and again. */
const EMPTY = 2 ** 47
/** Added for each contract after the first: what was told under another contract is not what would be told under this. */
const CONTRACT = 2 ** 40

/**
 * Reads the cursor that a gateway sends back. One that this feed never gave out under the gateway's contract (0, before
 * the gateway was updated, or beyond its end as after the server was restored from a backup) begins a snapshot.
 * @param last the feed's last cursor
 */
export function positionOf(cursor: number, last: number, contract: number): RosterPosition {
  const start: RosterPosition = { mode: 'start', after: 0, contract }
  const inSnapshot = cursor >= SNAPSHOT
  const place = (inSnapshot ? cursor - SNAPSHOT : cursor) - (contract - 1) * CONTRACT
  if (cursor === 0 || place < 0) return start
  if (place === EMPTY) return { mode: 'changes', after: 0, contract }
  return place > last ? start : { mode: inSnapshot ? 'snapshot' : 'changes', after: place, contract }
}

/** The cursor that says `position` on the wire. */
export function cursorOf({ mode, after, contract }: RosterPosition): number {
  const base = (contract - 1) * CONTRACT
  if (mode === 'snapshot') return base + SNAPSHOT + after
  return base + (after === 0 ? EMPTY : after)
}

export const isEnd = (item: RosterItem): boolean => item.kind.endsWith('-deleted.v1')

/** What ends comes before what begins: a revocation never waits behind an addition of the same page. */
export const endsFirst = (items: readonly RosterItem[]): RosterItem[] => [...items.filter(isEnd), ...items.filter((item) => !isEnd(item))]
