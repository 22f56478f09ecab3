import type { PermitV2 } from '#contract/sync-roster.js'
import type { Change } from '../audit/change.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import * as permits from './permit-repository.js'

/** Every way in which a permit ends or shrinks. Other features call these inside their own change. */

export type PermitEnd = 'withdrawn' | 'expired' | 'person-removed' | 'moved-out' | 'gate-removed'

/** Ends the permit and tells the estate's gateways. */
export async function endPermit(change: Change, permit: permits.PermitRecord, cause: PermitEnd): Promise<void> {
  const { permitId, estateId, personRef } = permit
  await permits.end(change.tx, permitId, change.atMs)
  await appendRosterChange(change.tx, estateId, `permit:${permitId}`, { kind: 'permit-deleted.v1', permitId })
  await change.audit({ action: 'permit.end', subject: `permit:${permitId}`, estateId, before: { personRef, gateIds: permit.gateIds }, after: { cause } })
}

/** @returns how many ended */
export async function endPermitsOfPerson(change: Change, personRef: string, cause: PermitEnd): Promise<number> {
  const open = await permits.openOfPerson(change.tx, personRef)
  for (const permit of open) await endPermit(change, permit, cause)
  return open.length
}

/** The permit as gateways are told of it. */
export const permitItem = ({ permitId, personRef, role, gateIds, validFromMs, validUntilMs, scheduleId }: permits.PermitRecord): PermitV2 =>
  ({ kind: 'permit.v2', permitId, personRef, role, gateIds: [...gateIds], validFromMs, validUntilMs, scheduleId })

/** Tells gateways of the permit as it stands. */
export const announcePermit = async (change: Change, permit: permits.PermitRecord): Promise<void> =>
  void (await appendRosterChange(change.tx, permit.estateId, `permit:${permit.permitId}`, permitItem(permit)))

/** Takes the gate out of all open permits; those that name no other end. */
export async function dropGateFromPermits(change: Change, estateId: string, gateId: string): Promise<void> {
  for (const permit of await permits.openAtGate(change.tx, estateId, gateId)) {
    const gateIds = permit.gateIds.filter((other) => other !== gateId)
    if (gateIds.length === 0) {
      await endPermit(change, permit, 'gate-removed')
      continue
    }
    await permits.removeGate(change.tx, permit.permitId, gateId)
    await announcePermit(change, { ...permit, gateIds })
    await change.audit({ action: 'permit.shrink', subject: `permit:${permit.permitId}`, estateId, before: { gateIds: permit.gateIds }, after: { gateIds } })
  }
}

/** Ends up to `limit` permits whose time is over. @returns how many ended */
export async function endExpiredPermits(change: Change, limit: number): Promise<number> {
  const over = await permits.expired(change.tx, change.atMs, limit)
  for (const permit of over) await endPermit(change, permit, 'expired')
  return over.length
}
