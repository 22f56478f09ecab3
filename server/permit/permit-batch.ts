import type { Change } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { type ItemChange, appendRosterChanges } from '../roster/roster-change-writer.js'
import { permitItem } from './permit-ending.js'
import * as batch from './permit-batch-repository.js'
import type { PermitRecord } from './permit-repository.js'

/**
 * Permits that follow from something else, thousands at a time. Whoever derives them calls these inside their own
 * change, and audits it in their own words.
 */

export type DerivedPermit = PermitRecord

/** Permits by id, ended ones too. */
export const permitsById = (tx: Tx, permitIds: readonly string[]): Promise<DerivedPermit[]> => batch.permitsById(tx, permitIds)

const announced = (permit: DerivedPermit): ItemChange => ({ itemKey: `permit:${permit.permitId}`, item: permitItem(permit) })

/** Issues permits of one estate and tells its gateways. */
export async function issuePermits(change: Change, estateId: string, permits: readonly DerivedPermit[]): Promise<void> {
  await batch.savePermits(change.tx, permits)
  await batch.addGates(change.tx, permits.flatMap(({ permitId, gateIds }) => gateIds.map((gateId) => ({ permitId, estateId, gateId }))))
  await appendRosterChanges(change.tx, estateId, permits.map(announced))
}

export interface PermitReshape {
  readonly before: DerivedPermit
  /** The same permit with other gates or times. */
  readonly after: DerivedPermit
}

/** Sets gates and times of open permits of one estate anew and tells its gateways. */
export async function reshapePermits(change: Change, estateId: string, reshapes: readonly PermitReshape[]): Promise<void> {
  const added = reshapes.flatMap(({ before, after }) => after.gateIds.filter((gateId) => !before.gateIds.includes(gateId))
    .map((gateId) => ({ permitId: after.permitId, estateId, gateId })))
  const dropped = new Map<string, string[]>()
  for (const { before, after } of reshapes) {
    for (const gateId of before.gateIds.filter((other) => !after.gateIds.includes(other))) {
      const permitIds = dropped.get(gateId) ?? []
      permitIds.push(after.permitId)
      dropped.set(gateId, permitIds)
    }
  }
  await batch.savePermits(change.tx, reshapes.map((reshape) => reshape.after))
  await batch.addGates(change.tx, added)
  for (const [gateId, permitIds] of dropped) await batch.dropGate(change.tx, gateId, permitIds)
  await appendRosterChanges(change.tx, estateId, reshapes.map((reshape) => announced(reshape.after)))
}

/** Ends permits of one estate and tells its gateways. */
export async function endPermits(change: Change, estateId: string, permits: readonly DerivedPermit[]): Promise<void> {
  await batch.savePermits(change.tx, permits.map((permit) => ({ ...permit, endedAtMs: change.atMs })))
  await appendRosterChanges(change.tx, estateId, permits.map(({ permitId }): ItemChange =>
    ({ itemKey: `permit:${permitId}`, item: { kind: 'permit-deleted.v1', permitId } })))
}
