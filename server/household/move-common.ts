import type { IdSource } from '#kernel/ids.js'
import type { Change } from '../audit/change.js'
import { fail } from '../errors.js'
import { ADULT_YEARS, hasAge, isBirthDate } from '../resident/age-rules.js'
import { phoneOf } from '../resident/contact-rules.js'
import { activePersons } from '../resident/person-register.js'
import { registerPersons, setPhones } from '../resident/person-registration.js'
import { type CivilDate, type Span, civilDateOf } from './civil-date-rules.js'
import { type HouseholdRecord, findHousehold, membershipsOf } from './household-repository.js'
import { type PlacedLease, findByNo, leasesOfUnit } from './lease-repository.js'
import { type MemberRole, checkSpan, collision, spanOf } from './lease-rules.js'
import { type UnitRecord, findUnit } from './unit-repository.js'

/** What the moves have in common. Each is one function that runs inside one change. */
export interface MoveContext {
  readonly change: Change
  readonly ids: IdSource
  readonly estateId: string
  readonly today: CivilDate
}

export const moveContext = (change: Change, ids: IdSource, estateId: string): MoveContext =>
  ({ change, ids, estateId, today: civilDateOf(change.atMs) })

/** What a move touched, for the steps that follow every move. */
export interface Touched {
  readonly householdIds: readonly string[]
  readonly joined: readonly string[]
  readonly leases: ReadonlyArray<{ readonly leaseId: string; readonly what: 'begins' | 'ends' | 'voided' }>
}

/** Somebody of the register, or somebody new: exactly one of `personRef` and `displayName` is there. */
export interface MemberEntry {
  readonly role: MemberRole
  readonly personRef?: string | undefined
  readonly displayName?: string | undefined
  readonly birthDate?: string | undefined
  readonly phone?: string | undefined
}

/** @throws AppError SV_HOUSEHOLD_UNIT */
export async function unitOf({ change, estateId }: MoveContext, unitId: string, field: string): Promise<UnitRecord> {
  const unit = await findUnit(change.tx, unitId)
  if (unit === null || unit.estateId !== estateId) throw fail('SV_HOUSEHOLD_UNIT', { field })
  return unit
}

/** @throws AppError SV_HTTP_NOT_FOUND */
export async function householdOf({ change, estateId }: MoveContext, householdId: string): Promise<HouseholdRecord> {
  const household = await findHousehold(change.tx, householdId)
  if (household === null || household.estateId !== estateId) throw fail('SV_HTTP_NOT_FOUND')
  return household
}

/** @throws AppError SV_HOUSEHOLD_DATES */
export function needSpan(span: Span): void {
  const checked = checkSpan(span)
  if (!checked.ok) throw fail('SV_HOUSEHOLD_DATES', checked.error)
}

/** @throws AppError SV_HOUSEHOLD_LEASE_NO_TAKEN */
export async function needFreeLeaseNo({ change, estateId }: MoveContext, leaseNo: string, field = 'leaseNo'): Promise<void> {
  if (await findByNo(change.tx, estateId, leaseNo)) throw fail('SV_HOUSEHOLD_LEASE_NO_TAKEN', { field })
}

/** One unit has one lease on a day. @throws AppError SV_HOUSEHOLD_UNIT_TAKEN */
export async function needFreeUnit({ change }: MoveContext, unitId: string, span: Span, except?: string): Promise<void> {
  const taken = collision<PlacedLease>(span, (await leasesOfUnit(change.tx, unitId)).filter((lease) => lease.leaseId !== except))
  if (taken === undefined) return
  const { leaseNo, fromDate, untilDate } = taken
  throw fail('SV_HOUSEHOLD_UNIT_TAKEN', { field: 'unitId', leaseNo, fromDate, untilDate })
}

const isNew = (entry: MemberEntry): entry is MemberEntry & { displayName: string; birthDate: string } =>
  entry.personRef === undefined && entry.displayName !== undefined && entry.birthDate !== undefined

function checkEntry(entry: MemberEntry, field: string, nowMs: number): void {
  if (!isNew(entry)) {
    const named = entry.personRef !== undefined && entry.displayName === undefined && entry.birthDate === undefined
    if (!named) throw fail('SV_HTTP_VALIDATION', { field, problem: 'names a person, or gives name and birth date' })
  } else if (!isBirthDate(entry.birthDate, nowMs)) throw fail('SV_PERSON_BIRTH_DATE', { field: `${field}.birthDate` })
  if (entry.phone !== undefined && phoneOf(entry.phone) === undefined) throw fail('SV_PERSON_PHONE', { field: `${field}.phone` })
}

export interface EnteredMember {
  readonly personRef: string
  readonly role: MemberRole
  readonly birthDate: string
}

/**
 * The persons of the entries, new ones registered now.
 * @throws AppError SV_HTTP_VALIDATION, SV_PERSON_*, SV_HOUSEHOLD_MEMBER, SV_HOUSEHOLD_MEMBER_ELSEWHERE, SV_HOUSEHOLD_HEAD
 */
export async function enterMembers(context: MoveContext, entries: readonly MemberEntry[], span: { fromDate: CivilDate; untilDate: CivilDate | null }): Promise<EnteredMember[]> {
  const { change, ids, estateId } = context
  entries.forEach((entry, index) => checkEntry(entry, `members.${index}`, change.atMs))
  const named = entries.flatMap((entry) => (entry.personRef === undefined ? [] : [entry.personRef]))
  const known = new Map((await activePersons(change.tx, named)).map((person) => [person.personRef, person]))
  const memberships = (await membershipsOf(change.tx, named)).filter((member) => member.role !== 'carer')
  const entered = entries.map((entry, index): EnteredMember & { readonly entry: MemberEntry } => {
    const field = `members.${index}`
    if (isNew(entry)) return { entry, personRef: ids.uuid(), role: entry.role, birthDate: entry.birthDate }
    const person = known.get(entry.personRef ?? '')
    if (person === undefined || person.estateId !== estateId) throw fail('SV_HOUSEHOLD_MEMBER', { field: `${field}.personRef` })
    const elsewhere = collision(spanOf(span), memberships.filter((member) => member.personRef === person.personRef).map((member) => ({ ...member, ...spanOf(member) })))
    if (entry.role !== 'carer' && elsewhere !== undefined) {
      throw fail('SV_HOUSEHOLD_MEMBER_ELSEWHERE', { field: `${field}.personRef`, householdId: elsewhere.householdId })
    }
    return { entry, personRef: person.personRef, role: entry.role, birthDate: person.birthDate }
  })
  if (new Set(entered.map((member) => member.personRef)).size < entered.length) throw fail('SV_HTTP_VALIDATION', { field: 'members', problem: 'names a person twice' })
  const minor = entered.findIndex((member) => member.role === 'head' && !hasAge(member.birthDate, ADULT_YEARS, change.atMs))
  if (minor >= 0) throw fail('SV_HOUSEHOLD_HEAD', { field: `members.${minor}.role` })
  const added = entered.flatMap(({ personRef, entry }) =>
    (isNew(entry) ? [{ personRef, estateId, displayName: entry.displayName, birthDate: entry.birthDate, unitLabel: '' }] : []))
  await registerPersons(change, estateId, added)
  for (const { personRef } of added) await change.audit({ action: 'person.create', subject: `person:${personRef}`, estateId })
  await setPhones(change, entered.flatMap(({ personRef, entry }) => (entry.phone === undefined ? [] : [{ personRef, phone: phoneOf(entry.phone) ?? null }])))
  return entered.map(({ personRef, role, birthDate }) => ({ personRef, role, birthDate }))
}
