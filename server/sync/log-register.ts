import type { Tx } from '../db/transaction.js'
import { epochsOf } from './epoch-repository.js'
import type { EpochState } from './ingest-rules.js'
import { recordsAfter } from './record-repository.js'

/** What other features ask of the logs that gateways hand over. */

/** Epochs of the gateways, ascending, by gateway. */
export const epochsOfGateways = (tx: Tx, gatewayIds: readonly string[]): Promise<Map<string, EpochState[]>> => epochsOf(tx, gatewayIds)

const ROWS_PER_READ = 1_000

/** All stored records of an epoch, oldest first, read a part at a time. */
export async function* storedRecords(tx: Tx, gatewayId: string, epoch: number): AsyncGenerator<{ seq: number; payload: string; hash: string }> {
  for (let after = 0; ;) {
    const rows = await recordsAfter(tx, gatewayId, epoch, after, ROWS_PER_READ)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.seq
  }
}
