import { Closed, UuidText, WallMs } from '#contract/wire-types.js'
import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import { maskedName, nameRight } from '../access-log/name-rules.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Caller, EstateScope } from '../auth/roles.js'
import { addCredential } from '../credential/new-credential.js'
import { printedCode } from '../credential/printed-code.js'
import { endCredentialsOfVisit } from '../credential/credential-ending.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { unknownGates } from '../estate/estate-register.js'
import { openPermitsOf } from '../permit/permit-register.js'
import { activePersons, findActivePerson } from '../resident/person-register.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import { unknownSchedules } from '../rule/schedule-register.js'
import { endVisit, visitItem } from './visit-ending.js'
import * as visits from './visit-repository.js'
import { type VisitLimits, visitRefusal } from './visit-rules.js'
import { type VisitUse, usesOf } from './visit-use-repository.js'

export interface VisitServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly ids: IdSource
  readonly random: RandomSource
  readonly limits: VisitLimits
}

export type NewVisit = Pick<visits.VisitRecord,
  'estateId' | 'purpose' | 'hostPersonRef' | 'gateIds' | 'validFromMs' | 'validUntilMs' | 'scheduleId' | 'passagesMax'> & { readonly displayName: string }

export interface ListedVisit extends Omit<visits.VisitRecord, 'createdBy'> {
  readonly hostName: string | null
  readonly hostUnit: string | null
  readonly use: VisitUse
}

export interface VisitQuery {
  readonly state: visits.VisitFilter['state']
  readonly hostPersonRef: string | undefined
  /** `next` of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

export interface VisitService {
  /** One page, newest first; names as the caller may see them. @throws AppError SV_HTTP_VALIDATION where `after` is no cursor */
  list(caller: Caller, scope: EstateScope, query: VisitQuery): Promise<{ visits: ListedVisit[]; next: string | null }>
  /**
   * Agrees a visit. Its code is in the answer and never again.
   * @throws AppError SV_VISIT_*, SV_SCHEDULE_UNKNOWN, SV_ESTATE_UNKNOWN
   */
  create(by: string, visit: NewVisit): Promise<{ visitId: string; code: string }>
  /** Another code in place of the one that got lost. @throws AppError SV_HTTP_NOT_FOUND, SV_CREDENTIAL_ENDED */
  renewCode(by: string, visitId: string): Promise<{ visitId: string; code: string }>
  /** Ends it early; a second time does nothing. @throws AppError SV_HTTP_NOT_FOUND */
  end(by: string, visitId: string): Promise<void>
  estateOf(visitId: string): Promise<string | undefined>
}

const Place = Closed({ createdAtMs: WallMs, visitId: UuidText })
const UNUSED: VisitUse = { passagesIn: 0, lastAtMs: null }

async function refuse(change: Change, visit: NewVisit, limits: VisitLimits): Promise<void> {
  const { tx, atMs } = change
  const { estateId, hostPersonRef } = visit
  const unknown = await unknownGates(tx, estateId, visit.gateIds)
  if (unknown.length > 0) throw fail('SV_VISIT_GATE', { field: 'gateIds', gateIds: unknown })
  const unknownTimes = await unknownSchedules(tx, estateId, [visit.scheduleId])
  if (unknownTimes.length > 0) throw fail('SV_SCHEDULE_UNKNOWN', { field: 'scheduleId', scheduleIds: unknownTimes })
  const host = hostPersonRef === null ? null : await findActivePerson(tx, hostPersonRef)
  if (hostPersonRef !== null && host?.estateId !== estateId) throw fail('SV_VISIT_HOST', { field: 'hostPersonRef', problem: 'does not live here' })
  const permits = hostPersonRef === null ? [] : await openPermitsOf(tx, hostPersonRef)
  const refusal = visitRefusal(visit, permits, atMs, limits)
  if (refusal !== undefined) {
    const { code, ...details } = refusal
    throw fail(code, details)
  }
  if (hostPersonRef === null) return
  const open = await visits.openOfHosts(tx, await visits.householdOf(tx, hostPersonRef, atMs))
  if (open.length >= limits.openPerHouseholdMax) throw fail('SV_VISIT_LIMIT', { field: 'hostPersonRef', open: open.length, max: limits.openPerHouseholdMax })
}

/** A code of the visit's own, for as long as the visit. */
async function addCode(change: Change, deps: VisitServiceDeps, visit: visits.VisitRecord): Promise<string> {
  const { code, secret } = printedCode(deps.random)
  const { estateId, visitId, validFromMs, validUntilMs } = visit
  await addCredential(change, deps.ids, { estateId, holder: { personRef: null, visitId }, secret, hint: `…${code.slice(-4)}`, validFromMs, validUntilMs })
  return code
}

async function create(change: Change, deps: VisitServiceDeps, asked: NewVisit): Promise<{ visitId: string; code: string }> {
  await refuse(change, asked, deps.limits)
  const visitId = deps.ids.uuid()
  const visit: visits.VisitRecord = {
    ...asked, visitId, origin: 'server', createdBy: change.by ?? 'server', createdAtMs: change.atMs, endedAtMs: null, endCause: null,
  }
  await visits.insert(change.tx, visit)
  await appendRosterChange(change.tx, visit.estateId, `visit:${visitId}`, visitItem(visit))
  const code = await addCode(change, deps, visit)
  const { displayName: _name, ...facts } = asked
  await change.audit({ action: 'visit.create', subject: `visit:${visitId}`, estateId: visit.estateId, after: facts })
  return { visitId, code }
}

async function listed(read: Tx, caller: Caller, rows: readonly visits.VisitRecord[]): Promise<ListedVisit[]> {
  const hosts = await activePersons(read, [...new Set(rows.flatMap((row) => (row.hostPersonRef === null ? [] : [row.hostPersonRef])))])
  const hostOf = new Map(hosts.map((person) => [person.personRef, person]))
  const useOf = await usesOf(read, rows)
  return rows.map(({ createdBy: _createdBy, ...row }) => {
    const host = hostOf.get(row.hostPersonRef ?? '')
    const shown = (name: string | null): string | null => (name === null || nameRight(caller, row.estateId) === 'clear' ? name : maskedName(name))
    return {
      ...row, displayName: shown(row.displayName), hostName: shown(host?.displayName ?? null), hostUnit: host?.unitLabel ?? null, use: useOf.get(row.visitId) ?? UNUSED,
    }
  })
}

export const createVisitService = (deps: VisitServiceDeps): VisitService => ({
  async list(caller, scope, { after, limit, ...filter }) {
    const place = after === undefined ? undefined : decodeCursor(Place, after, 'after')
    const rows = await visits.list(deps.read, { ...filter, scope, after: place }, limit + 1)
    const page = pageOf(rows, limit, ({ createdAtMs, visitId }) => ({ createdAtMs, visitId }))
    return { visits: await listed(deps.read, caller, page.rows), next: page.next }
  },
  create: (by, visit) => deps.change(by, (change) => create(change, deps, visit)),
  renewCode: (by, visitId) => deps.change(by, async (change) => {
    const visit = await visits.find(change.tx, visitId)
    if (visit === null) throw fail('SV_HTTP_NOT_FOUND')
    // A desk's code is known at its gateway only, and renewed there.
    if (visit.endedAtMs !== null || visit.origin === 'desk') throw fail('SV_CREDENTIAL_ENDED', { visitId })
    await endCredentialsOfVisit(change, visitId, 'replaced')
    return { visitId, code: await addCode(change, deps, visit) }
  }),
  end: (by, visitId) => deps.change(by, async (change) => {
    const visit = await visits.find(change.tx, visitId)
    if (visit === null) throw fail('SV_HTTP_NOT_FOUND')
    if (visit.endedAtMs === null) await endVisit(change, visit, 'ended')
  }),
  estateOf: async (visitId) => (await visits.find(deps.read, visitId))?.estateId,
})
