import type { VisitV1 } from '#contract/sync-roster.js'
import type { Change } from '../audit/change.js'
import { endCredentialsOfVisit } from '../credential/credential-ending.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import * as visits from './visit-repository.js'

/** Every way in which a visit ends or shrinks. Other features call these inside their own change. */

/** Ends the visit and its codes and tells the estate's gateways, one that agreed it at its desk too. */
export async function endVisit(change: Change, visit: visits.VisitRecord, cause: visits.VisitEnd): Promise<void> {
  const { visitId, estateId } = visit
  await visits.end(change.tx, visitId, cause, change.atMs)
  await endCredentialsOfVisit(change, visitId, 'visit-ended')
  await appendRosterChange(change.tx, estateId, `visit:${visitId}`, { kind: 'visit-deleted.v1', visitId })
  await change.audit({ action: 'visit.end', subject: `visit:${visitId}`, estateId, before: { gateIds: [...visit.gateIds] }, after: { cause } })
}

/** The visit as gateways are told of it. */
export const visitItem = ({ visitId, displayName, hostPersonRef, gateIds, validFromMs, validUntilMs, scheduleId, passagesMax }: visits.VisitRecord): VisitV1 =>
  ({ kind: 'visit.v1', visitId, displayName: displayName ?? '—', hostPersonRef, gateIds: [...gateIds], validFromMs, validUntilMs, scheduleId, passagesMax })

/** Nobody is left who answers for these visitors. @returns how many visits ended */
export async function endVisitsOfHost(change: Change, personRef: string, cause: 'host-removed' | 'moved-out'): Promise<number> {
  const open = await visits.openOfHosts(change.tx, [personRef])
  for (const visit of open) await endVisit(change, visit, cause)
  return open.length
}

/** Takes the gate out of all open visits; those that name no other end. */
export async function dropGateFromVisits(change: Change, estateId: string, gateId: string): Promise<void> {
  for (const visit of await visits.openOfEstate(change.tx, estateId)) {
    const gateIds = visit.gateIds.filter((other) => other !== gateId)
    if (gateIds.length === visit.gateIds.length) continue
    if (gateIds.length === 0) {
      await endVisit(change, visit, 'gate-removed')
      continue
    }
    await visits.setGates(change.tx, visit.visitId, gateIds)
    // What a desk agreed is not in the feed: its gateway knows the visit, and a gate that is gone opens for nobody.
    if (visit.origin === 'server') await appendRosterChange(change.tx, estateId, `visit:${visit.visitId}`, visitItem({ ...visit, gateIds }))
  }
}

/** Ends up to `limit` visits whose time is over. @returns how many ended */
export async function endExpiredVisits(change: Change, limit: number): Promise<number> {
  const over = await visits.expired(change.tx, change.atMs, limit)
  for (const visit of over) await endVisit(change, visit, 'expired')
  return over.length
}

const DAY_MS = 86_400_000

/** Erases the names of visits that ended more than `days` ago. @returns how many */
export const eraseOldNames = (change: Change, days: number): Promise<number> => visits.eraseNames(change.tx, change.atMs - days * DAY_MS)
