import type { RosterItem } from '#contract/sync-roster.js'

/**
 * Where a gateway stands in its estate's feed. Inside a snapshot it stands there too: the snapshot is the feed from its
 * beginning, between `reset.v1` and `complete.v1`.
 */
export interface RosterPosition {
  readonly mode: 'start' | 'snapshot' | 'changes'
  /** Changes up to this cursor were given out. */
  readonly after: number
}

/** Added to the feed's cursor inside a snapshot; the feed's own are below 2^31. */
const SNAPSHOT = 2 ** 48
/** Stands for the beginning of an empty feed, where 0 would ask for a snapshot again and again. */
const EMPTY = 2 ** 47

/**
 * Reads the cursor that a gateway sends back. One that this feed never gave out (0, or beyond its end as after the
 * server was restored from a backup) begins a snapshot.
 * @param last the feed's last cursor
 */
export function positionOf(cursor: number, last: number): RosterPosition {
  if (cursor === EMPTY) return { mode: 'changes', after: 0 }
  const inSnapshot = cursor >= SNAPSHOT
  const after = inSnapshot ? cursor - SNAPSHOT : cursor
  if (after > last || cursor === 0) return { mode: 'start', after: 0 }
  return { mode: inSnapshot ? 'snapshot' : 'changes', after }
}

/** The cursor that says `position` on the wire. */
export function cursorOf({ mode, after }: RosterPosition): number {
  if (mode === 'snapshot') return SNAPSHOT + after
  return after === 0 ? EMPTY : after
}

const isEnd = (item: RosterItem): boolean => item.kind.endsWith('-deleted.v1')

/** What ends comes before what begins: a revocation never waits behind an addition of the same page. */
export const endsFirst = (items: readonly RosterItem[]): RosterItem[] => [...items.filter(isEnd), ...items.filter((item) => !isEnd(item))]
