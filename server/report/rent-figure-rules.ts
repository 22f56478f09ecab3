import { divideHalfUp } from '../money/fen.js'
import type { Dimension } from './report-table.js'

/** Sums of transfers on the receivables of rent and late charges, of bills that have the same place and months. */
export interface BillLegs {
  readonly estateId: string
  readonly buildingId: string | null
  readonly tier: string | null
  /** Of the transfers, YYYY-MM. */
  readonly month: string
  /** Of the bills' due dates. */
  readonly dueMonth: string
  /** Of the bills' issue; null of bills taken over from the books before, which are nobody's current rent. */
  readonly issuedMonth: string | null
  /** Posted for an earlier month, whose books were closed. */
  readonly isPrior: boolean
  readonly takenOverFen: number
  readonly billedFen: number
  readonly reducedFen: number
  readonly offsetFen: number
  /** Paid, less what was given back. */
  readonly collectedFen: number
}

/** Prepayments by month of their transfers: above zero came in. */
export interface PrepaidLegs {
  readonly estateId: string
  readonly buildingId: string | null
  readonly tier: string | null
  readonly month: string
  readonly fen: number
}

/**
 * Figures of a group over its period: a month where groups are by month, else all months asked for. Source: the
 * ledger's transfers on 1122.01 and 1122.02 (2203 for prepayments) by accounting
 * month, with building, tier, issue and due date of their bill.
 * opening + takenOver + billed − reduced − offset − collected = open, which is the balance of both accounts.
 */
export interface RentFigures {
  /** 期初欠款: open when the period begins. */
  readonly openingFen: number
  /** 期初接管: taken over from the books before, in the period. */
  readonly takenOverFen: number
  /** 应收: billed, before reductions. */
  readonly billedFen: number
  /** 减免, also waived late charges and corrections downwards. */
  readonly reducedFen: number
  /** 补贴抵扣: owed by the subsidy's budget instead. */
  readonly offsetFen: number
  /** 应收净额 = billed − reduced − offset. */
  readonly netFen: number
  /** 前期应收: of `netFen`, what came late for months that were closed. */
  readonly priorNetFen: number
  /** 前期实收: of `collectedFen`, the same. */
  readonly priorCollectedFen: number
  /** 实收: what settled bills, by money, prepayment, suspense or deposit, less what was given back. */
  readonly collectedFen: number
  /** 当期实收: of `collectedFen`, on bills issued in the period. */
  readonly currentFen: number
  /** 清欠: of `collectedFen`, on earlier bills. */
  readonly clearedFen: number
  /** 期末未缴, due or not. */
  readonly openFen: number
  /** 到期未缴: of `openFen`, due by the end of the period. */
  readonly overdueFen: number
  /** 期末预存. */
  readonly prepaidFen: number
  /** 当期收缴率 = current ÷ (net of bills issued in the period), parts per million; null where nothing was due. */
  readonly currentPpm: number | null
  /** 清欠率 = cleared ÷ (opening + taken over − reduced since). */
  readonly clearedPpm: number | null
  /** 累计收缴率 = all collected ÷ all net, since the books began. */
  readonly cumulativePpm: number | null
}

export interface RentGroup extends RentFigures {
  readonly estateId: string | null
  readonly buildingId: string | null
  readonly tier: string | null
  readonly month: string | null
}

type Place = Pick<BillLegs, 'estateId' | 'buildingId' | 'tier'>
const ZERO = {
  openingFen: 0, takenOverFen: 0, billedFen: 0, reducedFen: 0, offsetFen: 0, collectedFen: 0, currentFen: 0, openFen: 0, overdueFen: 0, prepaidFen: 0, priorNetFen: 0,
  priorCollectedFen: 0,
  ownNetFen: 0, lateReducedFen: 0, everNetFen: 0, everCollectedFen: 0,
}
type Sums = { [Key in keyof typeof ZERO]: number }

const net = ({ billedFen, reducedFen, offsetFen }: Pick<BillLegs, 'billedFen' | 'reducedFen' | 'offsetFen'>): number => billedFen - reducedFen - offsetFen
const change = (legs: BillLegs): number => legs.takenOverFen + net(legs) - legs.collectedFen
const ppm = (part: number, whole: number): number | null => (whole <= 0 ? null : divideHalfUp(BigInt(part) * 1_000_000n, BigInt(whole)))
const FLOWS = ['takenOverFen', 'billedFen', 'reducedFen', 'offsetFen', 'collectedFen'] as const

/** What happened in the period. @param own the bills were issued in it */
function addFlow(sums: Sums, legs: BillLegs, own: boolean): void {
  for (const flow of FLOWS) sums[flow] += legs[flow]
  if (legs.isPrior) {
    sums.priorNetFen += net(legs)
    sums.priorCollectedFen += legs.collectedFen
  }
  if (own) {
    sums.currentFen += legs.collectedFen
    sums.ownNetFen += net(legs)
  } else sums.lateReducedFen += legs.reducedFen + legs.offsetFen - legs.billedFen
}

/** What stood at the end of the month. */
function addStock(sums: Sums, legs: BillLegs, month: string): void {
  sums.openFen += change(legs)
  if (legs.dueMonth <= month) sums.overdueFen += change(legs)
  sums.everNetFen += legs.takenOverFen + net(legs)
  sums.everCollectedFen += legs.collectedFen
}

const figuresOf = ({ ownNetFen, lateReducedFen, everNetFen, everCollectedFen, ...sums }: Sums): RentFigures => {
  const clearedFen = sums.collectedFen - sums.currentFen
  return {
    ...sums, netFen: net(sums), clearedFen, currentPpm: ppm(sums.currentFen, ownNetFen),
    clearedPpm: ppm(clearedFen, sums.openingFen + sums.takenOverFen - lateReducedFen), cumulativePpm: ppm(everCollectedFen, everNetFen),
  }
}

/**
 * The figures by any of estate, building, tier and month. Pure.
 * @param months ascending, without gaps; legs after the last are not counted
 */
export function rentGroups(bills: readonly BillLegs[], prepaid: readonly PrepaidLegs[], months: readonly string[], by: readonly Dimension[]): RentGroup[] {
  const [first, last] = [months[0] ?? '', months.at(-1) ?? '']
  const groups = new Map<string, { group: Pick<RentGroup, 'estateId' | 'buildingId' | 'tier' | 'month'>; sums: Sums }>()
  const of = ({ estateId, buildingId, tier }: Place, month: string): Sums => {
    const group = {
      estateId: by.includes('estate') ? estateId : null, buildingId: by.includes('building') ? buildingId : null, tier: by.includes('tier') ? tier : null,
      month: by.includes('month') ? month : null,
    }
    const key = JSON.stringify(Object.values(group))
    const found = groups.get(key) ?? { group, sums: { ...ZERO } }
    groups.set(key, found)
    return found.sums
  }
  /** Months at whose beginning, or end, something stands: of a group over all months only the first and the last. */
  const begins = by.includes('month') ? months : [first]
  const ends = by.includes('month') ? months : [last]
  const periodOf = (month: string): string => (by.includes('month') ? month : first)
  for (const legs of bills) {
    if (legs.month > last) continue
    if (legs.month >= first) addFlow(of(legs, legs.month), legs, legs.issuedMonth !== null && legs.issuedMonth >= periodOf(legs.month))
    for (const month of begins) if (legs.month < month) of(legs, month).openingFen += change(legs)
    for (const month of ends) if (legs.month <= month) addStock(of(legs, month), legs, month)
  }
  for (const legs of prepaid) for (const month of ends) if (legs.month <= month) of(legs, month).prepaidFen += legs.fen
  return [...groups.values()].map(({ group, sums }) => ({ ...group, ...figuresOf(sums) }))
}
