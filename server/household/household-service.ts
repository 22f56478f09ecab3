import type { Clock } from '#kernel/clock.js'
import { Closed } from '#contract/wire-types.js'
import { Type } from 'typebox'
import type { RunChange } from '../audit/change.js'
import type { Caller, EstateScope } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { lastSeenOf } from '../access-log/last-seen.js'
import { maskedPhone } from '../resident/contact-rules.js'
import { activePersons, phonesOf, personsByText } from '../resident/person-register.js'
import { addDays, civilDateOf, isEmpty } from './civil-date-rules.js'
import { type MemberRecord, findHousehold, membersOfHouseholds } from './household-repository.js'
import { type HouseholdPlace, householdPage } from './household-view-repository.js'
import { type PlacedLease, leasesOfHouseholds } from './lease-repository.js'
import { type HouseholdFilterState, leaseInForce, leaseState, membersOn } from './lease-rules.js'
import type { HouseholdCard, HouseholdItem, LastSeen, LeaseItem, MemberItem } from './schemas.js'

const ENDING_DAYS = 30
/** Persons that a search by name may find; who finds more searches for more letters. */
const NAMED_MAX = 200

export interface HouseholdQuery {
  readonly text: string | undefined
  readonly state: HouseholdFilterState | undefined
  readonly after: string | undefined
  readonly limit: number
}

export interface HouseholdService {
  /** One page by estate and number. @throws AppError SV_HTTP_VALIDATION where `after` is no cursor */
  list(scope: EstateScope, query: HouseholdQuery): Promise<{ households: HouseholdItem[]; next: string | null }>
  /** @throws AppError SV_HTTP_NOT_FOUND */
  card(householdId: string): Promise<HouseholdCard>
  /** Newest passage of each member at each gate; audited, for it is their history. @throws AppError SV_HTTP_NOT_FOUND */
  lastSeen(caller: Caller, householdId: string): Promise<LastSeen>
}

const Place = Closed({ estateId: Type.String(), householdNo: Type.String() })

const leaseItem = ({ leaseId, leaseNo, unitId, unitLabel, fromDate, untilDate, agreedUntilDate, endCause }: PlacedLease, today: string): LeaseItem =>
  ({ leaseId, leaseNo, unitId, unitLabel, fromDate, untilDate, agreedUntilDate, endCause, state: leaseState({ fromDate, untilDate }, today) })

/** Leases that took effect, the one that counts first. */
function leaseItems(leases: readonly PlacedLease[], today: string): LeaseItem[] {
  const real = leases.filter((lease) => !isEmpty(lease)).sort((a, b) => (a.fromDate < b.fromDate ? 1 : -1))
  const first = leaseInForce(real, today)
  return [...(first === undefined ? [] : [first]), ...real.filter((lease) => lease !== first)].map((lease) => leaseItem(lease, today))
}

export function createHouseholdService(deps: { read: Tx; change: RunChange; clock: Clock }): HouseholdService {
  const { read, clock } = deps

  async function itemsOf(places: readonly HouseholdPlace[], today: string): Promise<HouseholdItem[]> {
    const ids = places.map((place) => place.householdId)
    const [leases, members] = await Promise.all([leasesOfHouseholds(read, ids), membersOfHouseholds(read, ids)])
    const persons = new Map((await activePersons(read, members.map((member) => member.personRef))).map((person) => [person.personRef, person.displayName]))
    return places.map((place) => {
      const [lease = null] = leaseItems(leases.filter((each) => each.householdId === place.householdId), today)
      const day = lease === null || lease.state === 'current' ? today : lease.state === 'upcoming' ? lease.fromDate : lease.untilDate
      const own = members.filter((member) => member.householdId === place.householdId)
      const living = membersOn(own, day)
      const head = [...living, ...own].find((member) => member.role === 'head')
      return { ...place, headName: head === undefined ? '' : persons.get(head.personRef) ?? '', members: living.length, lease }
    })
  }

  async function memberItems(members: readonly MemberRecord[]): Promise<MemberItem[]> {
    const personRefs = [...new Set(members.map((member) => member.personRef))]
    const [persons, phones] = await Promise.all([activePersons(read, personRefs), phonesOf(read, personRefs)])
    const byRef = new Map(persons.map((person) => [person.personRef, person]))
    return members.filter((member) => member.untilDate === null || member.untilDate >= member.fromDate).map(({ memberId, personRef, role, fromDate, untilDate }) => {
      const phone = phones.get(personRef)
      return {
        memberId, personRef, role, fromDate, untilDate, displayName: byRef.get(personRef)?.displayName ?? '', birthDate: byRef.get(personRef)?.birthDate ?? '',
        phoneMasked: phone === undefined ? null : maskedPhone(phone),
      }
    })
  }

  return {
    async list(scope, { text, state, after, limit }) {
      const place = after === undefined ? undefined : decodeCursor(Place, after, 'after')
      const today = civilDateOf(clock.wallMs())
      const personRefs = text === undefined ? [] : (await personsByText(read, scope, text, NAMED_MAX)).map((person) => person.personRef)
      const rows = await householdPage(read, { scope, text, personRefs, state, today, soon: addDays(today, ENDING_DAYS), after: place }, limit + 1)
      const page = pageOf(rows, limit, ({ estateId, householdNo }) => ({ estateId, householdNo }))
      return { households: await itemsOf(page.rows, today), next: page.next }
    },
    async card(householdId) {
      const household = await findHousehold(read, householdId)
      if (household === null) throw fail('SV_HTTP_NOT_FOUND')
      const today = civilDateOf(clock.wallMs())
      const [leases, members] = await Promise.all([leasesOfHouseholds(read, [householdId]), membersOfHouseholds(read, [householdId])])
      return { ...household, today, leases: leaseItems(leases, today), members: await memberItems(members) }
    },
    async lastSeen(caller, householdId) {
      const household = await findHousehold(read, householdId)
      if (household === null) throw fail('SV_HTTP_NOT_FOUND')
      const { estateId } = household
      const personRefs = [...new Set((await membersOfHouseholds(read, [householdId])).map((member) => member.personRef))]
      await deps.change(caller.userId, (change) => change.audit({ action: 'household.last-seen', subject: `household:${householdId}`, estateId, after: { personRefs } }))
      return { seen: await lastSeenOf(read, estateId, personRefs, clock.wallMs()) }
    },
  }
}
