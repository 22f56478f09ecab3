import type { Api } from '../../kit/api/api.js'
import type { HouseholdCard, Lease, Member, Permit, Seen } from '../../kit/api/household-types.js'
import type { Consent } from '../../kit/api/types.js'
import { useResource } from '../../kit/use-resource.js'

/** A member with what stands about them elsewhere; null where the reader may not see it or it could not be loaded. */
export interface MemberView {
  readonly member: Member
  readonly consents: readonly Consent[] | null
  readonly permits: readonly Permit[] | null
  readonly seen: Seen | undefined
}

export interface HouseholdView {
  readonly card: HouseholdCard
  readonly lease: Lease | undefined
  readonly earlier: readonly Lease[]
  readonly members: readonly MemberView[]
  readonly former: readonly Member[]
}

type HouseholdApi = Pick<Api, 'household' | 'householdSeen' | 'consents' | 'permits'>

/** Members of the day, the newest membership of each person, and those who left. */
export function membersByDay(members: readonly Member[], today: string): { now: Member[]; former: Member[] } {
  const now = members.filter((member) => member.untilDate === null || member.untilDate >= today)
  const here = new Set(now.map((member) => member.personRef))
  const newest = now.filter((member) => !now.some((other) => other.personRef === member.personRef && other.fromDate > member.fromDate && other.fromDate <= today))
  const former = members.filter((member) => !here.has(member.personRef))
  return { now: newest.filter((member, at) => newest.findIndex((other) => other.personRef === member.personRef) === at), former }
}

async function load(api: HouseholdApi, householdId: string, signal: AbortSignal): Promise<HouseholdView> {
  const [card, seen] = await Promise.all([
    api.household(householdId, signal), api.householdSeen(householdId, signal).then((answer) => answer.seen, (): readonly Seen[] => []),
  ])
  const { now, former } = membersByDay(card.members, card.today)
  const members = await Promise.all(now.map(async (member): Promise<MemberView> => {
    const [consents, permits] = await Promise.all([
      api.consents(member.personRef, signal).then((answer) => answer.consents, () => null),
      api.permits(member.personRef, signal).then((answer) => answer.permits, () => null),
    ])
    return { member, consents, permits, seen: seen.find((each) => each.personRef === member.personRef) }
  }))
  const [lease, ...earlier] = card.leases
  return { card, lease, earlier, members, former }
}

/** One household with all that its card shows. */
export const useHousehold = (api: HouseholdApi, householdId: string) => useResource((signal) => load(api, householdId, signal))
