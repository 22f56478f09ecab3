import type { RosterItem } from '#contract/sync-roster.js'
import { type CurrentRosterItem, currentRosterItem } from '#contract/upgrade.js'
import type { Tx } from '../db/transaction.js'
import { isEnd } from './roster-rules.js'

/** Last cursor given out in the estate. */
export const lastCursor = async (tx: Tx, estateId: string): Promise<number> =>
  (await tx.estate.findUniqueOrThrow({ where: { id: estateId }, select: { rosterCursor: true } })).rosterCursor

export interface RosterRow {
  readonly cursor: number
  readonly item: CurrentRosterItem
}

/** Changes after `cursor` that nothing superseded, oldest first; what an earlier version of the server wrote reads as the newest. */
export async function changesAfter(tx: Tx, estateId: string, cursor: number, limit: number): Promise<RosterRow[]> {
  const rows = await tx.rosterChange.findMany({ where: { estateId, cursor: { gt: cursor } }, orderBy: { cursor: 'asc' }, take: limit, select: { cursor: true, item: true } })
  return rows.map((row) => ({ cursor: row.cursor, item: currentRosterItem(JSON.parse(row.item) as RosterItem) }))
}

/** As `changesAfter`, of what ended alone. An item stands in the feed once, so an end is the last word on it. */
export async function endsAfter(tx: Tx, estateId: string, cursor: number, limit: number): Promise<RosterRow[]> {
  const rows = await tx.rosterChange.findMany({
    where: { estateId, cursor: { gt: cursor }, item: { contains: '-deleted.v1"' } }, orderBy: { cursor: 'asc' }, take: limit, select: { cursor: true, item: true },
  })
  return rows.map((row) => ({ cursor: row.cursor, item: currentRosterItem(JSON.parse(row.item) as RosterItem) })).filter(({ item }) => isEnd(item))
}
