import type { Tx } from '../db/transaction.js'
import { estateNames } from '../estate/estate-register.js'
import { dayBefore } from '../household/civil-date-rules.js'
import type { Account } from '../ledger/chart.js'
import { balances } from '../ledger/ledger-service.js'
import { divideHalfUp } from '../money/fen.js'
import type { TransitService } from '../treasury/transit-service.js'
import { type PlaceFlow, placeFlows } from './figure-repository.js'
import type { MonthSpan } from './month-rules.js'
import { type ReportCell, type ReportTable, column, summed } from './report-table.js'

/** Where residents' money arrives and lies (1001, 1002, 1012). */
const PLACES = ['cash', 'bank', 'transit-wechat', 'transit-alipay', 'transit-pos'] as const satisfies readonly Account[]

/** What each cause of the posting table is to a place; what is not listed is `other`. */
const PLACE_CAUSES: Readonly<Record<string, 'received' | 'returned' | 'fee' | 'settled' | 'handedOver'>> = {
  paid: 'received', suspended: 'received', 'deposit-received': 'received', 'subsidy-received': 'received',
  refunded: 'returned', 'prepayment-returned': 'returned', 'suspense-returned': 'returned', 'deposit-returned': 'returned',
  'fee-charged': 'fee', 'fee-returned': 'fee', settled: 'settled', 'handed-over': 'handedOver',
}

const CHANNEL_COLUMNS = [
  ...column('text', 'estate'), ...column('code', 'account'), ...column('text', 'of'), ...column('count', 'payments', 'refunds'),
  ...column('fen', 'openingFen', 'receivedFen', 'returnedFen', 'feeFen', 'settledInFen', 'settledOutFen', 'handedOverFen', 'otherFen', 'closingFen',
    'priorReceivedFen', 'priorReturnedFen', 'priorFeeFen'), ...column('ppm', 'feePpm'),
]

const inLessOut = ({ side, fen }: PlaceFlow): number => (side === 'in' ? fen : -fen)
const isPrior = (flow: PlaceFlow): boolean => flow.isPrior
const sumOf = (flows: readonly PlaceFlow[], of: (flow: PlaceFlow) => number): number => flows.reduce((sum, flow) => sum + of(flow), 0)

function channelCells(openingFen: number, flows: readonly PlaceFlow[]): ReportCell[] {
  const of = (kind: string): PlaceFlow[] => flows.filter((flow) => (PLACE_CAUSES[flow.cause] ?? 'other') === kind)
  const settled = of('settled')
  const receivedFen = sumOf(of('received'), inLessOut)
  const returnedFen = -sumOf(of('returned'), inLessOut)
  const feeFen = -sumOf(of('fee'), inLessOut)
  const settledInFen = sumOf(settled, ({ side, fen }) => (side === 'in' ? fen : 0))
  const settledOutFen = sumOf(settled, ({ side, fen }) => (side === 'out' ? fen : 0))
  const handedOverFen = -sumOf(of('handedOver'), inLessOut)
  const otherFen = sumOf(of('other'), inLessOut)
  return [
    sumOf(of('received'), (flow) => flow.journals), sumOf(of('returned'), (flow) => flow.journals), openingFen, receivedFen, returnedFen, feeFen, settledInFen, settledOutFen,
    handedOverFen, otherFen, openingFen + receivedFen - returnedFen - feeFen + settledInFen - settledOutFen - handedOverFen + otherFen,
    sumOf(of('received').filter(isPrior), inLessOut), 0 - sumOf(of('returned').filter(isPrior), inLessOut), 0 - sumOf(of('fee').filter(isPrior), inLessOut),
    receivedFen <= 0 ? null : divideHalfUp(BigInt(feeFen) * 1_000_000n, BigInt(receivedFen)),
  ]
}

/**
 * What each channel, bank account and cash desk took in, gave back, was charged and passed on over whole months. Source: the
 * ledger's transfers on 1001, 1002 and 1012 with the cause of their journal. opening + received − returned − fees + settled in −
 * settled out − handed over + other = closing, which is the account's balance. `prior`: of it, what came late for months that were closed.
 */
export async function channelReport(read: Tx, estateIds: readonly string[], { fromDate, untilDate }: MonthSpan): Promise<ReportTable> {
  const before = (await balances(read, estateIds, dayBefore(fromDate))).filter((row) => PLACES.some((place) => place === row.account))
  const names = await estateNames(read, estateIds)
  const rows: Array<ReportTable['rows'][number]> = []
  for (const estateId of estateIds) {
    const flows = await placeFlows(read, estateId, PLACES, { fromDate, untilDate })
    const opening = new Map(before.filter((row) => row.estateId === estateId && row.balanceFen !== 0).map((row) => [`${row.account}\n${row.of ?? ''}`, row.balanceFen]))
    const keys = [...new Set([...opening.keys(), ...flows.map((flow) => `${flow.account}\n${flow.of}`)])]
      .sort((a, b) => PLACES.findIndex((place) => a.startsWith(place)) - PLACES.findIndex((place) => b.startsWith(place)) || (a < b ? -1 : 1))
    for (const key of keys) {
      const [account = '', of = ''] = key.split('\n')
      const own = flows.filter((flow) => flow.account === account && flow.of === of)
      rows.push({ cells: [names.get(estateId) ?? estateId, account, of, ...channelCells(opening.get(key) ?? 0, own)], link: { estateId } })
    }
  }
  const table = summed('channels', CHANNEL_COLUMNS, rows)
  const at = (key: string): number => CHANNEL_COLUMNS.findIndex((each) => each.key === key)
  const [feeFen, receivedFen] = [Number(table.totals[at('feeFen')]), Number(table.totals[at('receivedFen')])]
  const feePpm = receivedFen <= 0 ? null : divideHalfUp(BigInt(feeFen) * 1_000_000n, BigInt(receivedFen))
  return { ...table, totals: table.totals.map((cell, index) => (index === at('feePpm') ? feePpm : cell)) }
}

const HAND_OVER_COLUMNS = [
  ...column('text', 'estate'), ...column('month', 'month'), ...column(
    'fen', 'openingFen', 'collectedForFen', 'returnedFen', 'handedOverFen', 'closingFen', 'priorCollectedFen', 'priorReturnedFen',
  ),
]

/**
 * Revenue that was collected for the treasury and handed over, by month. Source: the ledger's transfers on 2103.02. opening +
 * collected − returned − handed over = closing, which is the account's balance: what waits to be handed over.
 */
export async function handOverReport(read: Tx, estateIds: readonly string[], { fromDate, untilDate, months }: MonthSpan): Promise<ReportTable> {
  const before = await balances(read, estateIds, dayBefore(fromDate))
  const names = await estateNames(read, estateIds)
  const rows: Array<ReportTable['rows'][number]> = []
  for (const estateId of estateIds) {
    const flows = await placeFlows(read, estateId, ['to-hand-over'], { fromDate, untilDate })
    let openingFen = before.filter((row) => row.estateId === estateId && row.account === 'to-hand-over').reduce((sum, row) => sum + row.balanceFen, 0)
    if (flows.length === 0 && openingFen === 0) continue
    for (const month of months) {
      const own = flows.filter((flow) => flow.month === month)
      const collected = ({ side, fen }: PlaceFlow): number => (side === 'out' ? fen : 0)
      const returned = ({ side, cause, fen }: PlaceFlow): number => (side === 'in' && cause !== 'handed-over' ? fen : 0)
      const prior = own.filter(isPrior)
      const collectedFen = sumOf(own, collected)
      const handedOverFen = sumOf(own, ({ side, cause, fen }) => (side === 'in' && cause === 'handed-over' ? fen : 0))
      const returnedFen = sumOf(own, returned)
      const closingFen = openingFen + collectedFen - returnedFen - handedOverFen
      const flowCells = [openingFen, collectedFen, returnedFen, handedOverFen, closingFen, sumOf(prior, collected), sumOf(prior, returned)]
      rows.push({ cells: [names.get(estateId) ?? estateId, month, ...flowCells], link: { estateId, month } })
      openingFen = closingFen
    }
  }
  const table = summed('hand-over', HAND_OVER_COLUMNS, rows)
  // What stood is that of the first month's beginning and the last month's end.
  const stock = (month: string | undefined, at: number): number => rows.reduce((sum, row) => sum + (row.link.month === month ? Number(row.cells[at]) : 0), 0)
  return { ...table, totals: table.totals.map((cell, at) => (at === 2 ? stock(months[0], at) : at === 6 ? stock(months.at(-1), at) : cell)) }
}

const TRANSIT_COLUMNS = [
  ...column('text', 'estate'), ...column('code', 'account'), ...column('text', 'of'), ...column('date', 'oldestDate'), ...column('count', 'days'),
  ...column('fen', 'fen', 'agedFen'),
]

/** Money on its way today, by place: in transit at a channel, or collected and not yet handed over. As the treasury's ageing has it. */
export async function transitReport(read: Tx, estateIds: readonly string[], transit: TransitService): Promise<ReportTable> {
  const names = await estateNames(read, estateIds)
  const { lines } = await transit.ageing(estateIds)
  const rows = lines.map(({ estateId, account, of, fen, overdueFen, days }) => {
    const oldest = days[0]
    return { cells: [names.get(estateId) ?? estateId, account, of, oldest?.date ?? null, oldest?.days ?? null, fen, overdueFen], link: { estateId } }
  })
  return summed('transit', TRANSIT_COLUMNS, rows, ['days'])
}
