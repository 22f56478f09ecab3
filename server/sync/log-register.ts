import type { KeyObject } from 'node:crypto'
import type { Tx } from '../db/transaction.js'
import { epochsOf, latestEpoch } from './epoch-repository.js'
import { retireKey, signingKeysOf } from './gateway-repository.js'
import { signingKeyOf } from './head-signature.js'
import type { EpochState } from './ingest-rules.js'
import { type ReceivedRecord, recordsAfter } from './record-repository.js'

/** What other features ask of the logs that gateways hand over. */

/** Epochs of the gateways, ascending, by gateway. */
export const epochsOfGateways = (tx: Tx, gatewayIds: readonly string[]): Promise<Map<string, EpochState[]>> => epochsOf(tx, gatewayIds)

/** Keys that heads of the gateway may be signed with; none before its claim. */
export async function keysOfGateway(tx: Tx, gatewayId: string): Promise<KeyObject[]> {
  return (await signingKeysOf(tx, gatewayId)).flatMap((text) => signingKeyOf(text) ?? [])
}

/** The gateway comes back on new hardware: what it signed stays proved, and it will write in a new epoch. */
export async function retireSigningKey(tx: Tx, gatewayId: string, signingPublicKey: string, atMs: number): Promise<void> {
  await retireKey(tx, gatewayId, signingPublicKey, (await latestEpoch(tx, gatewayId))?.epoch ?? 0, atMs)
}

const ROWS_PER_READ = 1_000

/** All stored records of an epoch, oldest first, read a part at a time. */
export async function* storedRecords(tx: Tx, gatewayId: string, epoch: number): AsyncGenerator<ReceivedRecord> {
  for (let after = 0; ;) {
    const rows = await recordsAfter(tx, gatewayId, epoch, after, ROWS_PER_READ)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.seq
  }
}
