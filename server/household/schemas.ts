import { type Static, Type } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import { HOUSEHOLD_FILTERS, MEMBER_ROLES } from './lease-rules.js'

const words = <Word extends string>(...all: readonly Word[]) => Type.Unsafe<Word>(Type.Union(all.map((word) => Type.Literal(word))))
const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

/** A line of text for people: no control characters, not only blanks, and nothing that a spreadsheet takes for a formula. */
export const LINE = '^(?=.*\\S)[^\\p{Cc}=+\\-@][^\\p{Cc}]*$'
const Line = (charsMax: number) => Type.String({ minLength: 1, maxLength: charsMax, pattern: LINE })
/** Whether there is such a day is asked later: the error then says so. */
const CivilDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD, Asia/Shanghai' })
const NumberText = Line(64)

export const EstateQuery = Closed({ estateId: Slug })
export const UnitQuery = Closed({ estateId: Slug, date: Type.Optional(CivilDate) })
export const BuildingBody = Closed({ estateId: Slug, name: Line(32), floors: Type.Integer({ minimum: 1, maximum: 100 }) })
export const NewBuilding = Closed({ buildingId: UuidText })
export const BuildingList = Closed({
  buildings: Type.Array(Closed({ buildingId: UuidText, ...BuildingBody.properties, name: Type.String(), gateIds: Type.Array(Slug) })),
})
export const UnitBody = Closed({
  estateId: Slug, buildingId: UuidText, floor: Type.Integer({ minimum: -5, maximum: 100 }), roomNo: Line(32),
  areaCentiM2: Type.Integer({ minimum: 100, maximum: 10_000_000, description: 'In 0.01 m²' }), layout: Line(32), hasElevator: Type.Boolean(),
})
export const NewUnit = Closed({ unitId: UuidText })
export const UnitList = Closed({
  units: Type.Array(Closed({ unitId: UuidText, ...UnitBody.properties, roomNo: Type.String(), layout: Type.String(), label: Type.String(), householdId: OrNull(UuidText) })),
})
export const GateParams = Closed({ estateId: Slug, gateId: Slug })
export const GateBuildingsBody = Closed({ buildingIds: Type.Array(UuidText, { maxItems: 200, uniqueItems: true }) })
export const GateBuildings = Closed({ permits: Type.Integer({ description: 'Permits that were changed by it' }) })

export const HouseholdParams = Closed({ householdId: UuidText })
export const HouseholdQuery = Closed({
  estateId: Type.Optional(Slug),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: '^[^%_\\\\]*$', description: 'Part of a flat or a name, or the beginning of a number' })),
  state: Type.Optional(words(...HOUSEHOLD_FILTERS)),
  after: Type.Optional(Type.String({ maxLength: 600, description: '`next` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: 'Households in a page; 50 without it' })),
})
const LeaseItem = Closed({
  leaseId: UuidText, leaseNo: Type.String(), unitId: UuidText, unitLabel: Type.String(), fromDate: CivilDate, untilDate: CivilDate,
  agreedUntilDate: CivilDate, endCause: OrNull(words('moved-out', 'swapped')), state: words('upcoming', 'current', 'over'),
})
export type LeaseItem = Static<typeof LeaseItem>
const HouseholdItem = Closed({
  householdId: UuidText, estateId: Slug, householdNo: Type.String(), headName: Type.String(), members: Type.Integer(),
  lease: Type.Union([LeaseItem, Type.Null()]),
})
export type HouseholdItem = Static<typeof HouseholdItem>
export const HouseholdList = Closed({ households: Type.Array(HouseholdItem), next: OrNull(Type.String()) })
const MemberItem = Closed({
  memberId: UuidText, personRef: UuidText, role: words(...MEMBER_ROLES), fromDate: CivilDate, untilDate: OrNull(CivilDate),
  displayName: Type.String({ description: 'Empty where the person was removed' }), birthDate: Type.String(), phoneMasked: OrNull(Type.String()),
})
export type MemberItem = Static<typeof MemberItem>
export const HouseholdCard = Closed({
  householdId: UuidText, estateId: Slug, householdNo: Type.String(), today: CivilDate, leases: Type.Array(LeaseItem), members: Type.Array(MemberItem),
})
export type HouseholdCard = Static<typeof HouseholdCard>
export const LastSeen = Closed({
  seen: Type.Array(Closed({ personRef: UuidText, gateId: Slug, gateName: Type.String(), occurredAtMs: Type.Integer() })),
})
export type LastSeen = Static<typeof LastSeen>

const MemberEntry = Closed({
  role: words(...MEMBER_ROLES), personRef: Type.Optional(UuidText),
  displayName: Type.Optional(Line(64)), birthDate: Type.Optional(CivilDate), phone: Type.Optional(Type.String({ maxLength: 32 })),
})
export const MoveQuery = Closed({ preview: Type.Optional(Type.Boolean({ description: 'Say what would happen, and do nothing' })) })
export const MoveInBody = Closed({
  estateId: Slug, unitId: UuidText, householdNo: Type.Optional(NumberText), leaseNo: NumberText, fromDate: CivilDate, untilDate: CivilDate,
  members: Type.Array(MemberEntry, { minItems: 1, maxItems: 20 }),
})
export const MemberAddBody = Closed({ fromDate: CivilDate, untilDate: OrNull(CivilDate), member: MemberEntry })
export const MemberRemoveBody = Closed({ personRef: UuidText, lastDate: CivilDate, newHeadRef: Type.Optional(UuidText) })
export const SwapBody = Closed({
  date: CivilDate, leaseNo: NumberText, unitId: Type.Optional(UuidText), otherHouseholdId: Type.Optional(UuidText), otherLeaseNo: Type.Optional(NumberText),
})
export const MoveOutBody = Closed({ lastDate: CivilDate })
export const MoveEffects = Closed({
  householdIds: Type.Array(UuidText),
  leases: Type.Array(Closed({
    leaseId: UuidText, householdId: UuidText, leaseNo: Type.String(), unitLabel: Type.String(), fromDate: CivilDate, untilDate: CivilDate, what: words('begins', 'ends', 'voided'),
  })),
  people: Type.Array(Closed({
    personRef: UuidText, displayName: Type.String(), what: words('joins', 'leaves', 'stays'), lastDate: OrNull(CivilDate), consents: Type.Integer(),
  })),
  passes: Type.Array(Closed({
    personRef: UuidText, displayName: Type.String(), what: words('begins', 'changes', 'ends'), gates: Type.Array(Closed({ gateId: Slug, name: Type.String() })),
    validFromMs: Type.Integer(), validUntilMs: Type.Integer(),
  })),
})
