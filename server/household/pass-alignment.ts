import type { IdSource } from '#kernel/ids.js'
import type { Change } from '../audit/change.js'
import { gatesOfEstate } from '../estate/estate-register.js'
import { type DerivedPermit, type PermitReshape, endPermits, issuePermits, permitsById, reshapePermits } from '../permit/permit-batch.js'
import { membersOfEstate, membersOfHouseholds } from './household-repository.js'
import { leasesOfEstate, leasesOfHouseholds } from './lease-repository.js'
import { dropPasses, passesOfEstate, savePasses } from './pass-repository.js'
import { type Pass, gatesByBuilding, passKey, passesOf } from './pass-rules.js'
import { gateBuildings } from './unit-repository.js'

/** One permit that was made, changed or ended so that permits say what leases and memberships say. */
export interface PassChange {
  readonly what: 'begins' | 'changes' | 'ends'
  readonly permit: DerivedPermit
}

interface Difference {
  readonly issued: Array<{ readonly pass: Pass; readonly permit: DerivedPermit }>
  readonly reshaped: PermitReshape[]
  readonly ended: DerivedPermit[]
}

/** A permit that somebody ended before its time stays ended: for this membership and lease that is the last word. */
const endedByHand = (permit: DerivedPermit, gateIds: ReadonlySet<string>): boolean =>
  permit.endedAtMs !== null && permit.endedAtMs < permit.validUntilMs && permit.gateIds.some((gateId) => gateIds.has(gateId))

const same = (permit: DerivedPermit, pass: Pass): boolean =>
  permit.role === pass.role && permit.validFromMs === pass.validFromMs && permit.validUntilMs === pass.validUntilMs && permit.gateIds.join() === pass.gateIds.join()

interface DifferenceFacts {
  readonly estateId: string
  readonly passes: readonly Pass[]
  /** Permits that follow from a membership and lease, ended ones too, by their key. */
  readonly held: ReadonlyMap<string, DerivedPermit>
  readonly gateIds: ReadonlySet<string>
  readonly ids: IdSource
}

function differenceOf({ estateId, passes, held, gateIds, ids }: DifferenceFacts): Difference {
  const difference: Difference = { issued: [], reshaped: [], ended: [] }
  const wanted = new Set(passes.map(passKey))
  for (const [key, permit] of held) if (permit.endedAtMs === null && !wanted.has(key)) difference.ended.push(permit)
  for (const pass of passes) {
    const { personRef, role, validFromMs, validUntilMs } = pass
    const permit = held.get(passKey(pass))
    const shape = { personRef, role, gateIds: pass.gateIds, validFromMs, validUntilMs, endedAtMs: null }
    if (permit !== undefined && permit.endedAtMs === null) {
      if (!same(permit, pass)) difference.reshaped.push({ before: permit, after: { ...permit, ...shape } })
    } else if (permit === undefined || !endedByHand(permit, gateIds)) {
      difference.issued.push({ pass, permit: { ...shape, permitId: ids.uuid(), estateId, scheduleId: null } })
    }
  }
  return difference
}

async function carryOut(change: Change, estateId: string, difference: Difference): Promise<void> {
  await endPermits(change, estateId, difference.ended)
  await dropPasses(change.tx, difference.ended.map((permit) => permit.permitId))
  await reshapePermits(change, estateId, difference.reshaped)
  await issuePermits(change, estateId, difference.issued.map(({ permit }) => permit))
  await savePasses(change.tx, difference.issued.map(({ pass, permit }) =>
    ({ permitId: permit.permitId, estateId, householdId: pass.householdId, memberId: pass.memberId, leaseId: pass.leaseId })))
}

/**
 * Makes the permits of these households, or of all in the estate, say exactly what their leases and memberships say,
 * and tells the gateways what changed. Permits that were issued by hand are left alone. Not audited: see `auditPasses`.
 * @param leavingGate a gate that is about to be removed
 */
export async function alignPasses(
  ids: IdSource, change: Change, estateId: string, households: readonly string[] | 'all', leavingGate?: string,
): Promise<PassChange[]> {
  const { tx } = change
  const members = await (households === 'all' ? membersOfEstate(tx, estateId) : membersOfHouseholds(tx, households))
  if (members.length === 0) return []
  const leases = await (households === 'all' ? leasesOfEstate(tx, estateId) : leasesOfHouseholds(tx, households))
  const gateIds = (await gatesOfEstate(tx, estateId)).map((gate) => gate.gateId).filter((gateId) => gateId !== leavingGate)
  const passes = passesOf(members, leases, gatesByBuilding(gateIds, await gateBuildings(tx, estateId)), change.atMs)
  const rows = await passesOfEstate(tx, estateId, households)
  const permits = new Map((await permitsById(tx, rows.map((row) => row.permitId))).map((permit) => [permit.permitId, permit]))
  const held = new Map(rows.flatMap((row) => {
    const permit = permits.get(row.permitId)
    return permit === undefined ? [] : [[passKey(row), permit] as const]
  }))
  const difference = differenceOf({ estateId, passes, held, gateIds: new Set(gateIds), ids })
  await carryOut(change, estateId, difference)
  return [
    ...difference.ended.map((permit) => ({ what: 'ends' as const, permit })),
    ...difference.reshaped.map(({ after }) => ({ what: 'changes' as const, permit: after })),
    ...difference.issued.map(({ permit }) => ({ what: 'begins' as const, permit })),
  ]
}

const ACTIONS = { begins: 'permit.issue', changes: 'permit.change', ends: 'permit.end' } as const

/** One audit entry for each permit, as for those that people issue and end by hand. */
export async function auditPasses(change: Change, changes: readonly PassChange[]): Promise<void> {
  for (const { what, permit } of changes) {
    const { permitId, estateId, personRef, gateIds, validFromMs, validUntilMs } = permit
    await change.audit({
      action: ACTIONS[what], subject: `permit:${permitId}`, estateId,
      ...(what === 'ends' ? { before: { personRef, gateIds }, after: { cause: 'lease' } } : { after: { personRef, gateIds, validFromMs, validUntilMs, by: 'lease' } }),
    })
  }
}
