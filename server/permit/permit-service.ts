import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { unknownGates } from '../estate/estate-register.js'
import { findActivePerson } from '../resident/person-register.js'
import { unknownSchedules } from '../rule/schedule-register.js'
import { announcePermit, endPermit } from './permit-ending.js'
import * as permits from './permit-repository.js'

export interface NewPermit {
  readonly personRef: string
  readonly role: permits.PermitRecord['role']
  readonly gateIds: readonly string[]
  /** Times of the week; null is always. */
  readonly scheduleId: string | null
  readonly validFromMs: number
  readonly validUntilMs: number
}

export interface PermitService {
  /**
   * Permits the person at gates of their estate.
   * @throws AppError SV_HTTP_NOT_FOUND (person), SV_PERMIT_GATE, SV_PERMIT_TIMES, SV_SCHEDULE_UNKNOWN
   */
  issue(by: string, permit: NewPermit): Promise<{ permitId: string }>
  /** Ends the permit; a second time does nothing. @throws AppError SV_HTTP_NOT_FOUND */
  withdraw(by: string, permitId: string): Promise<void>
  listOfPerson(personRef: string): Promise<permits.PermitRecord[]>
  estateOf(permitId: string): Promise<string | undefined>
}

async function issue(change: Change, permitId: string, permit: NewPermit): Promise<void> {
  const { tx, atMs } = change
  const { personRef, role, gateIds, scheduleId, validFromMs, validUntilMs } = permit
  const person = await findActivePerson(tx, personRef)
  if (person === null) throw fail('SV_HTTP_NOT_FOUND')
  if (validUntilMs <= validFromMs || validUntilMs <= atMs) throw fail('SV_PERMIT_TIMES', { field: 'validUntilMs', nowMs: atMs })
  const unknown = await unknownGates(tx, person.estateId, gateIds)
  if (unknown.length > 0) throw fail('SV_PERMIT_GATE', { field: 'gateIds', gateIds: unknown })
  const unknownTimes = await unknownSchedules(tx, person.estateId, [scheduleId])
  if (unknownTimes.length > 0) throw fail('SV_SCHEDULE_UNKNOWN', { field: 'scheduleId', scheduleIds: unknownTimes })
  const record = { ...permit, permitId, estateId: person.estateId, endedAtMs: null }
  await permits.insert(tx, record)
  await announcePermit(change, record)
  await change.audit({
    action: 'permit.issue', subject: `permit:${permitId}`, estateId: person.estateId, after: { personRef, role, gateIds, scheduleId, validFromMs, validUntilMs },
  })
}

export const createPermitService = (deps: { read: Tx; change: RunChange; ids: IdSource }): PermitService => ({
  issue: (by, permit) => deps.change(by, async (change) => {
    const permitId = deps.ids.uuid()
    await issue(change, permitId, permit)
    return { permitId }
  }),
  withdraw: (by, permitId) => deps.change(by, async (change) => {
    const permit = await permits.find(change.tx, permitId)
    if (permit === null) throw fail('SV_HTTP_NOT_FOUND')
    if (permit.endedAtMs === null) await endPermit(change, permit, 'withdrawn')
  }),
  listOfPerson: (personRef) => permits.listOfPerson(deps.read, personRef),
  estateOf: async (permitId) => (await permits.find(deps.read, permitId))?.estateId,
})
