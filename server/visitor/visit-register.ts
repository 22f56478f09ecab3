import type { Tx } from '../db/transaction.js'
import * as visits from './visit-repository.js'

/** What other features ask of the visits. */

export type RegisteredVisit = visits.VisitRecord

/** Visits of the estate that were not ended. */
export const openVisits = (tx: Tx, estateId: string): Promise<RegisteredVisit[]> => visits.openOfEstate(tx, estateId)

/** How many visits that were not ended go by each schedule. */
export const countVisitsBySchedule = (tx: Tx, estateId: string): Promise<Map<string, number>> => visits.countBySchedule(tx, estateId)

/** Names of these visits by id, as far as they were not erased: for the access log. */
export const visitNames = (tx: Tx, visitIds: readonly string[]): Promise<Map<string, visits.VisitName>> => visits.names(tx, visitIds)
