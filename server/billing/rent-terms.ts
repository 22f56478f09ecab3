import type { CivilDate, Span } from '../household/civil-date-rules.js'
import type { Receivable } from '../ledger/chart.js'
import type { Cycle } from './period-rules.js'

/** What a household can have shown itself to be, and the name of it on paper (payments.md names: 低保 to 市场). */
export const TIER_NAMES = {
  'minimum-living': '低保', 'destitute': '特困', 'minimum-living-edge': '低保边缘', 'low-income': '低收入', 'lower-middle': '中等偏下',
  'new-employee': '新就业', 'migrant-worker': '外来务工', 'over-limit': '超标过渡', 'market': '市场',
} as const
export type Tier = keyof typeof TIER_NAMES
export const TIERS = Object.keys(TIER_NAMES) as Tier[]

/** How an estate bills. All of it is data: no Jiangmen table of rents was published when this was written. */
export interface BillingPolicy {
  readonly cycle: Cycle
  /** Day of the month on which rent is due, 1 to 28, so many months after the period's first. */
  readonly dueDay: number
  readonly dueMonthOffset: number
  /** Days after the due day on which nothing is charged yet. */
  readonly graceDays: number
  /** A month that is not lived in to the full: by its own days, or by thirty. */
  readonly dayBasis: 'calendar' | 'thirty'
  /** A change of tier within a period counts from its day on, or from the next period on. */
  readonly tierChange: 'by-days' | 'next-period'
  /** Above this area the standard's price for the rest holds; null: one price. */
  readonly standardAreaCentiM2: number | null
  /** Whether reductions reach the part above the standard area. */
  readonly reduceOverArea: boolean
  readonly tierWithoutCertificate: Tier
  /** Simple charge on overdue rent by day, and the most it may come to, both in parts per million of the rent. */
  readonly lateDailyPartsPerMillion: number
  readonly lateCapPartsPerMillion: number
  /** What a year of waiting costs the landlord: a charge above 130 % of it may be cut by a court (民法典 art. 585). */
  readonly yearlyLossPartsPerMillion: number
  readonly depositMonthsMax: number
  /** From this share on a month that was paid in part does not count as unpaid. */
  readonly paidFromPartsPerMillion: number
  /** So many unpaid months open a case (公共租赁住房管理办法 art. 29: six). */
  readonly redMonths: number
}

/** A household's days in a home. */
export interface Stay extends Span {
  readonly leaseNo: string
  readonly unitLabel: string
  readonly buildingId: string
  readonly areaCentiM2: number
}

export interface RentStandard {
  readonly standardId: string
  /** Null: for all buildings that have none of their own. */
  readonly buildingId: string | null
  readonly tier: Tier
  readonly basis: 'area' | 'unit'
  /** By m² and month, or by home and month. */
  readonly priceFen: number
  readonly overPriceFen: number | null
  readonly fromDate: CivilDate
  readonly untilDate: CivilDate | null
  readonly approvalNo: string
  /** The figure is made up to show the program. */
  readonly example: boolean
}

export interface TierCertificate extends Span {
  readonly certificateNo: string
  readonly tier: Tier
}

export interface RentRelief extends Span {
  readonly kind: 'reduction' | 'subsidy'
  /** reduction: parts per million of the rent; subsidy: fen a month. */
  readonly value: number
  readonly approvalNo: string
}

/** Every figure that a line was made of, so that it can be read and computed again. */
export type LineExplanation =
  | {
    readonly kind: 'rent' | 'over-area'
    readonly leaseNo: string
    readonly unitLabel: string
    readonly tier: Tier
    readonly basis: 'area' | 'unit'
    readonly priceFen: number
    /** Null where the price is by home. */
    readonly areaCentiM2: number | null
    readonly fromDate: CivilDate
    readonly untilDate: CivilDate
    /** price × area × days / ofDays. */
    readonly days: number
    readonly ofDays: number
    readonly certificateNo: string | null
    readonly approvalNo: string
    readonly example: boolean
  }
  /** The line before it becomes `netFen` = price × area × days / ofDays × (1 − partsPerMillion / 1 000 000). */
  | { readonly kind: 'reduction'; readonly grossFen: number; readonly netFen: number; readonly partsPerMillion: number; readonly approvalNo: string }
  /** monthlyFen × days / ofDays, but no more than the rent that is left of the month. */
  | {
    readonly kind: 'subsidy'
    readonly monthlyFen: number
    readonly fromDate: CivilDate
    readonly untilDate: CivilDate
    readonly days: number
    readonly ofDays: number
    readonly limitedByRent: boolean
    readonly approvalNo: string
  }
  /** Overdue rent of a bill × daily rate × days, by spans with one amount; no more than the cap. */
  | {
    readonly kind: 'late-charge'
    readonly billId: string
    readonly label: string
    readonly dailyPartsPerMillion: number
    readonly spans: ReadonlyArray<Span & { readonly principalFen: number; readonly days: number }>
    readonly frozenDays: number
    readonly limitedByCap: boolean
    /** Of the same bill, in months before. */
    readonly chargedBeforeFen: number
  }
  | { readonly kind: 'adjustment'; readonly billId: string; readonly label: string; readonly reason: string; readonly approvalNo: string }
  | { readonly kind: 'opening'; readonly note: string; readonly sheetRow: number }

export interface BillLine {
  readonly receivable: Receivable
  /** Below zero where it takes from the bill. */
  readonly fen: number
  readonly explanation: LineExplanation
}
