import { createHash } from 'node:crypto'
import type { PermitV2 } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import { localMoment } from '#kernel/schedule.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { activePersons } from '../resident/person-register.js'
import { appendRosterChanges } from '../roster/roster-change-writer.js'
import { unknownSchedules } from '../rule/schedule-register.js'
import { type PermitGroup, permitsOfGroup, setSchedule } from './assignment-repository.js'
import { permitItem } from './permit-ending.js'
import type { PermitRecord } from './permit-repository.js'

/** Names in a preview; the counts are of all. */
const NAMED_MAX = 100

export interface Assignment extends PermitGroup {
  readonly estateId: string
  /** Times of the week that the group's permits are to go by; null is always. */
  readonly scheduleId: string | null
}

export interface AssignmentPreview {
  /** Says what was looked at: handed back, it carries out exactly this. */
  readonly digest: string
  readonly permits: number
  /** Of them those that go by other times now. */
  readonly changed: number
  readonly persons: ReadonlyArray<{
    readonly personRef: string
    readonly displayName: string
    readonly unitLabel: string
    readonly role: PermitV2['role']
    readonly gateIds: readonly string[]
    readonly scheduleId: string | null
  }>
}

export interface AssignmentService {
  /** Whom the assignment would concern. @throws AppError SV_SCHEDULE_UNKNOWN */
  preview(assignment: Assignment): Promise<AssignmentPreview>
  /** Carries it out where it still concerns what the preview showed. @throws AppError SV_SCHEDULE_UNKNOWN, SV_PERMIT_ASSIGNMENT */
  carryOut(by: string, assignment: Assignment, digest: string): Promise<{ changed: number }>
}

const digestOf = ({ estateId, scheduleId }: Assignment, permits: readonly PermitRecord[]): string =>
  createHash('sha256').update(JSON.stringify([estateId, scheduleId, permits.map((permit) => [permit.permitId, permit.scheduleId, permit.gateIds])])).digest('hex')

async function permitsOf(tx: Tx, assignment: Assignment, atMs: number): Promise<PermitRecord[]> {
  const unknown = await unknownSchedules(tx, assignment.estateId, [assignment.scheduleId])
  if (unknown.length > 0) throw fail('SV_SCHEDULE_UNKNOWN', { field: 'scheduleId', scheduleIds: unknown })
  return permitsOfGroup(tx, assignment.estateId, assignment, localMoment(atMs).date)
}

async function carryOut(change: Change, assignment: Assignment, digest: string): Promise<{ changed: number }> {
  const { tx, atMs } = change
  const { estateId, scheduleId, roles = null, gateId = null, buildingId = null } = assignment
  const permits = await permitsOf(tx, assignment, atMs)
  if (digestOf(assignment, permits) !== digest) throw fail('SV_PERMIT_ASSIGNMENT', { field: 'digest' })
  const changed = permits.filter((permit) => permit.scheduleId !== scheduleId)
  await setSchedule(tx, changed.map((permit) => permit.permitId), scheduleId)
  await appendRosterChanges(tx, estateId, changed.map((permit) => ({ itemKey: `permit:${permit.permitId}`, item: permitItem({ ...permit, scheduleId }) })))
  const after = { scheduleId, roles, gateId, buildingId, permits: changed.map((permit) => permit.permitId) }
  await change.audit({ action: 'permit.assign', subject: `estate:${estateId}`, estateId, after })
  return { changed: changed.length }
}

export const createAssignmentService = (deps: { read: Tx; change: RunChange; clock: Clock }): AssignmentService => ({
  async preview(assignment) {
    const permits = await permitsOf(deps.read, assignment, deps.clock.wallMs())
    const shown = permits.slice(0, NAMED_MAX)
    const persons = new Map((await activePersons(deps.read, [...new Set(shown.map((permit) => permit.personRef))])).map((person) => [person.personRef, person]))
    return {
      digest: digestOf(assignment, permits), permits: permits.length, changed: permits.filter((permit) => permit.scheduleId !== assignment.scheduleId).length,
      persons: shown.map(({ personRef, role, gateIds, scheduleId }) => ({
        personRef, displayName: persons.get(personRef)?.displayName ?? '', unitLabel: persons.get(personRef)?.unitLabel ?? '', role, gateIds, scheduleId,
      })),
    }
  },
  carryOut: (by, assignment, digest) => deps.change(by, (change) => carryOut(change, assignment, digest)),
})
