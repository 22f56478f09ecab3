import type { Tx } from '../db/transaction.js'
import * as permits from './permit-repository.js'

/** What other features ask of the permits. */

export type RegisteredPermit = permits.PermitRecord

/** Permits of a person that were not ended. */
export const openPermitsOf = (tx: Tx, personRef: string): Promise<RegisteredPermit[]> => permits.openOfPerson(tx, personRef)

/** Permits that name the gate and were not ended. */
export const openPermitsAt = (tx: Tx, estateId: string, gateId: string): Promise<RegisteredPermit[]> => permits.openAtGate(tx, estateId, gateId)

/** How many permits that were not ended go by each schedule. */
export const countPermitsBySchedule = (tx: Tx, estateId: string): Promise<Map<string, number>> => permits.countBySchedule(tx, estateId)
