import type { RosterItem } from '#contract/sync-roster.js'
import { bulkWrite } from '../db/bulk.js'
import { inChunks, keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'

/**
 * Tells the estate's gateways of a change, in the transaction that makes it: the next cursor is given out by
 * incrementing the estate's own, so cursors commit in their order. Earlier changes of the same item are superseded and
 * go, so the feed is as long as the register, plus one tombstone for each item that ended.
 * @param itemKey what changed, the same for an item and its tombstone: `person:REF`, `consent:ID`, `permit:ID`, `gate:ID`
 * @returns the cursor of the change
 */
export async function appendRosterChange(tx: Tx, estateId: string, itemKey: string, item: RosterItem): Promise<number> {
  const estate = await tx.estate.update({
    where: { id: estateId },
    data: { rosterCursor: { increment: 1 } },
    select: { rosterCursor: true },
  })
  await tx.rosterChange.deleteMany({ where: { estateId, itemKey } })
  await tx.rosterChange.create({ data: { estateId, cursor: estate.rosterCursor, itemKey, item: JSON.stringify(item) } })
  return estate.rosterCursor
}

export interface ItemChange {
  readonly itemKey: string
  readonly item: RosterItem
}

const CHANGES = { table: 'RosterChange', key: ['estateId', 'cursor'], onConflict: 'ignore', columns: ['estateId', 'cursor', 'itemKey', 'item'] } as const

/** As `appendRosterChange`, for thousands of changes of different items: cursors in their order. */
export async function appendRosterChanges(tx: Tx, estateId: string, changes: readonly ItemChange[]): Promise<void> {
  if (changes.length === 0) return
  const estate = await tx.estate.update({
    where: { id: estateId }, data: { rosterCursor: { increment: changes.length } }, select: { rosterCursor: true },
  })
  for (const some of keysInChunks(changes)) {
    await tx.rosterChange.deleteMany({ where: { estateId, itemKey: { in: some.map((change) => change.itemKey) } } })
  }
  const first = estate.rosterCursor - changes.length + 1
  const rows = changes.map(({ itemKey, item }, index) => ({ estateId, cursor: first + index, itemKey, item: JSON.stringify(item) }))
  for (const some of inChunks(rows)) await bulkWrite(tx, CHANGES, some, ['cursor'])
}
