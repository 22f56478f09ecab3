import { Type, type Static } from 'typebox'
import { Closed, LocalDate, Nullable, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import { CYCLES } from './period-rules.js'
import { TIERS } from './rent-terms.js'
import { ApprovalNo, Fen, Reason } from './schemas.js'

const tier = Type.Enum([...TIERS])
/** A hundred thousand yuan by month: a price above it is a slip of the keyboard. */
const PriceFen = Type.Integer({ minimum: 1, maximum: 10_000_000 })
const share = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000, description: `${description}, parts per million` })

export const StandardBody = Closed({
  estateId: Slug, buildingId: Nullable(UuidText), tier, basis: Type.Enum(['area', 'unit']), priceFen: PriceFen, overPriceFen: Nullable(PriceFen),
  fromDate: LocalDate, untilDate: Nullable(LocalDate), approvalNo: ApprovalNo, example: Type.Boolean({ description: 'The figure is made up' }),
})
export const StandardMade = Closed({ standardId: UuidText })
export const StandardList = Closed({
  standards: Type.Array(Closed({ ...StandardBody.properties, standardId: UuidText, setBy: Type.String(), setAtMs: WallMs })),
})

export const PolicyContent = Closed({
  cycle: Type.Enum([...CYCLES]), dueDay: Type.Integer({ minimum: 1, maximum: 28 }), dueMonthOffset: Type.Integer({ minimum: -3, maximum: 3 }),
  graceDays: Type.Integer({ minimum: 0, maximum: 90 }),
  dayBasis: Type.Enum(['calendar', 'thirty']), tierChange: Type.Enum(['by-days', 'next-period']),
  standardAreaCentiM2: Nullable(Type.Integer({ minimum: 1, maximum: 100_000 })), reduceOverArea: Type.Boolean(), tierWithoutCertificate: tier,
  lateDailyPartsPerMillion: Type.Integer({ minimum: 0, maximum: 10_000 }), lateCapPartsPerMillion: share('Most that being late may cost'),
  yearlyLossPartsPerMillion: share('What a year of waiting costs the landlord'),
  depositMonthsMax: Type.Integer({ minimum: 0, maximum: 3, description: 'At most three months (广东省城镇房屋租赁条例 art. 15)' }),
  paidFromPartsPerMillion: share('From this part on a month counts as paid'), redMonths: Type.Integer({ minimum: 1, maximum: 12 }),
})
export const PolicyParams = Closed({ estateId: Slug, fromDate: LocalDate })
export const PolicySet = Closed({ warnings: Type.Array(Type.String()) })
export const PolicyList = Closed({
  policies: Type.Array(Closed({ policyId: UuidText, estateId: Slug, fromDate: LocalDate, policy: PolicyContent, setBy: Type.String(), setAtMs: WallMs })),
})
export type PolicyContent = Static<typeof PolicyContent>

export const HouseholdParams = Closed({ householdId: UuidText })
export const CertificateBody = Closed({ certificateNo: ApprovalNo, tier, fromDate: LocalDate, untilDate: LocalDate })
export const CertificateMade = Closed({ certificateId: UuidText })
export const CertificateList = Closed({
  certificates: Type.Array(Closed({
    ...CertificateBody.properties, certificateId: UuidText, estateId: Slug, householdId: UuidText, endedAtMs: Nullable(WallMs), recordedBy: Type.String(), recordedAtMs: WallMs,
  })),
})

const reliefState = Type.Enum(['proposed', 'approved', 'refused'])
export const ReliefBody = Closed({
  kind: Type.Enum(['reduction', 'subsidy']),
  value: Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'reduction: parts per million of the rent; subsidy: fen a month' }),
  fromDate: LocalDate, untilDate: LocalDate, reason: Reason,
})
export const ReliefMade = Closed({ reliefId: UuidText })
export const ReliefParams = Closed({ reliefId: UuidText })
export const ReliefQuery = Closed({ estateId: Slug, householdId: Type.Optional(UuidText), state: Type.Optional(reliefState) })
export const ReliefList = Closed({
  reliefs: Type.Array(Closed({
    reliefId: UuidText, estateId: Slug, householdId: UuidText, kind: Type.Enum(['reduction', 'subsidy']), value: Fen, fromDate: LocalDate, untilDate: LocalDate,
    reason: Type.String(), state: reliefState, approvalNo: Nullable(Type.String()),
    proposedBy: Type.String(), proposedAtMs: WallMs, decidedBy: Nullable(Type.String()), decidedAtMs: Nullable(WallMs),
  })),
})
