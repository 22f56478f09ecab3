import type { Tx } from '../db/transaction.js'
import { list } from './estate-repository.js'
import { type GateRecord, listActive } from './gate-repository.js'
import { schedulesOfGate } from './gate-rules.js'

/** What other features ask of the estates. */

/** Estates of a scope, by id. */
export const estatesInScope = list

/** Names by id. */
export const estateNames = async (tx: Tx, estateIds: readonly string[]): Promise<Map<string, string>> =>
  new Map((await list(tx, estateIds)).map((estate) => [estate.estateId, estate.name]))

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

export interface NamedGate {
  readonly gateId: string
  readonly name: string
}

/** Gates of the estate that were not removed, by id. */
export const gatesOfEstate = async (tx: Tx, estateId: string): Promise<NamedGate[]> =>
  (await listActive(tx, estateId)).map(({ gateId, name }) => ({ gateId, name }))

export type RegisteredGate = GateRecord

/** Gates of the estate that were not removed, with devices and rules, by id. */
export const registeredGates = (tx: Tx, estateId: string): Promise<RegisteredGate[]> => listActive(tx, estateId)

/** Ids of the gates that go by each schedule. */
export async function gatesBySchedule(tx: Tx, estateId: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const gate of await listActive(tx, estateId)) {
    for (const scheduleId of schedulesOfGate(gate)) found.set(scheduleId, [...(found.get(scheduleId) ?? []), gate.gateId])
  }
  return found
}

/** Ids of all estates. */
export const allEstates = async (tx: Tx): Promise<string[]> => (await list(tx, 'all')).map((estate) => estate.estateId)
