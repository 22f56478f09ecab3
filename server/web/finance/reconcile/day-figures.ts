import type { CaseSums, ChannelBill } from '../../kit/api/finance-types.js'

/** One of the three comparisons of a day. */
export interface LegFigures {
  readonly leg: 1 | 2 | 3
  /** False where nothing was compared: then there is no 0.00 to show. */
  readonly compared: boolean
  /** Net of what the channels say, and of what we say; null where the leg has none. */
  readonly theirsFen: number | null
  readonly oursFen: number | null
  readonly toDo: number
  readonly settled: number
  /** Found and explained, and not explained yet. */
  readonly explainedFen: number | null
  readonly leftFen: number
}

export interface DayFigures {
  readonly legs: readonly LegFigures[]
  /** Rows of the bills. */
  readonly rows: number
  readonly settled: number
  readonly toDo: number
  readonly atRiskFen: number
  readonly leftFen: number
  /** Channel less ours less all that was found; anything but 0 is an error of the program. */
  readonly gapFen: number
  /** Bills with a finding, or that have not come. */
  readonly missingBills: number
  /** Everything compared, explained and adding up. */
  readonly tied: boolean
}

/** Bills that count: each at its latest version. */
export const liveBills = (bills: readonly ChannelBill[]): ChannelBill[] => bills.filter((bill) => bill.state !== 'replaced')

function firstLeg(bills: readonly ChannelBill[], sums: CaseSums): LegFigures {
  const matched = bills.flatMap(({ figures }) => (figures?.match && figures.bill.trade ? [{ trade: figures.bill.trade, match: figures.match }] : []))
  const theirsFen = matched.reduce((sum, { trade, match }) => sum + trade.grossFen - match.voided.paidFen - (trade.refundFen - match.voided.refundFen), 0)
  const oursFen = matched.reduce((sum, { match: { local } }) => sum + local.paidFen - local.refundFen, 0)
  const compared = matched.length > 0
  return {
    leg: 1, compared: compared || sums.toDo + sums.settled > 0, theirsFen: compared ? theirsFen : null, oursFen: compared ? oursFen : null, toDo: sums.toDo, settled: sums.settled,
    explainedFen: compared ? theirsFen - oursFen - sums.leftFen : null, leftFen: sums.leftFen,
  }
}
const otherLeg = (leg: 2 | 3, sums: CaseSums): LegFigures => ({
  leg, compared: sums.toDo + sums.settled > 0, theirsFen: null, oursFen: null, toDo: sums.toDo, settled: sums.settled, explainedFen: null, leftFen: sums.leftFen,
})

/**
 * What a day comes to.
 * @param bills of that day, all versions; undefined where the reader may not see them
 * @param sums of the differences by leg: of orders, of settlement, of the books
 */
export function dayFigures(bills: readonly ChannelBill[] | undefined, sums: readonly [CaseSums, CaseSums, CaseSums]): DayFigures {
  const live = liveBills(bills ?? [])
  const legs = [firstLeg(live, sums[0]), otherLeg(2, sums[1]), otherLeg(3, sums[2])]
  const total = (of: (one: CaseSums) => number): number => sums.reduce((all, one) => all + of(one), 0)
  const toDo = total((one) => one.toDo)
  const leftFen = total((one) => one.leftFen)
  const gapFen = live.reduce((sum, { figures }) => sum + (figures?.gapFen ?? 0), 0)
  const missingBills = live.filter(({ state, finding }) => finding !== null || state === 'waiting' || state === 'fetched').length
  const rows = live.reduce((sum, { figures }) => sum + (figures?.bill.trade?.rows ?? 0), 0)
  return {
    legs, toDo, leftFen, gapFen, missingBills, rows, settled: total((one) => one.settled), atRiskFen: total((one) => one.atRiskFen),
    tied: legs[0]?.compared === true && toDo === 0 && leftFen === 0 && gapFen === 0 && missingBills === 0,
  }
}
