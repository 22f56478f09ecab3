import type { Clock } from '#kernel/clock.js'
import type { PresenceRow } from './rule-ports.js'

/** Crossings that are kept: more than estates have persons and areas. The oldest goes first. */
const CROSSINGS_MAX = 50_000

/** The last crossing of each holder and area, until it is forgotten. */
export interface Crossings {
  put(row: PresenceRow): void
  /** Undefined where none is known, or it is too long ago. */
  get(areaId: string, holder: string): PresenceRow | undefined
  /** Holders who were last seen to come in. */
  inside(areaId: string): Set<string>
}

const keyOf = (areaId: string, holder: string): string => `${areaId} ${holder}`

export function createCrossings({ clock, forgetMs }: { clock: Clock; forgetMs: number }): Crossings {
  /** The oldest first. */
  const rows = new Map<string, PresenceRow>()
  const isFresh = ({ atMs }: PresenceRow): boolean => clock.wallMs() - atMs < forgetMs
  return {
    put(row) {
      const key = keyOf(row.areaId, row.holder)
      rows.delete(key)
      rows.set(key, row)
      for (const [oldest, held] of rows) {
        if (rows.size <= CROSSINGS_MAX && isFresh(held)) break
        rows.delete(oldest)
      }
    },
    get(areaId, holder) {
      const row = rows.get(keyOf(areaId, holder))
      return row !== undefined && isFresh(row) ? row : undefined
    },
    inside(areaId) {
      const inside = new Set<string>()
      for (const row of rows.values()) if (row.areaId === areaId && row.direction === 'in' && isFresh(row)) inside.add(row.holder)
      return inside
    },
  }
}
