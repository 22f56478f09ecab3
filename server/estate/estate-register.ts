import type { Tx } from '../db/transaction.js'
import { list } from './estate-repository.js'
import { listActive } from './gate-repository.js'

/** What other features ask of the estates. */

/** Those of `estateIds` that do not exist. */
export async function unknownEstates(tx: Tx, estateIds: readonly string[]): Promise<string[]> {
  const known = new Set((await list(tx, estateIds)).map((estate) => estate.estateId))
  return [...new Set(estateIds)].filter((estateId) => !known.has(estateId))
}

/** Those of `gateIds` that are no gate of the estate now. */
export async function unknownGates(tx: Tx, estateId: string, gateIds: readonly string[]): Promise<string[]> {
  const known = new Set((await listActive(tx, estateId)).map((gate) => gate.gateId))
  return gateIds.filter((gateId) => !known.has(gateId))
}
