import type { Tx } from '../db/transaction.js'
import { list } from './schedule-repository.js'

/** What other features ask of the rules. */

/** Those of `scheduleIds` that the estate does not have; null is no schedule. */
export async function unknownSchedules(tx: Tx, estateId: string, scheduleIds: readonly (string | null)[]): Promise<string[]> {
  const asked = scheduleIds.filter((id) => id !== null)
  if (asked.length === 0) return []
  const known = new Set((await list(tx, estateId)).map((schedule) => schedule.scheduleId))
  return asked.filter((id) => !known.has(id))
}
