import type { BillRow } from '../file/bill-row.js'
import { type FundRow, isBack, isFee, isOwn } from '../file/fund-row.js'
import type { FundGroup } from './fund-repository.js'

interface Gathered {
  readonly trades: BillRow[]
  readonly movements: FundRow[]
}

function groupOf(key: string, { trades, movements }: Gathered): FundGroup {
  const [row] = trades
  const fees = movements.filter(isFee)
  const main = movements.find((one) => !isFee(one)) ?? movements[0]
  const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number => rows.reduce((total, one) => total + of(one), 0)
  return {
    key, tradeRows: trades.length, fundRows: movements.length, feeRows: fees.length, dueFen: sum(trades, ({ kind, fen }) => (kind === 'refund' ? 0 - fen : fen)),
    dueFeeFen: sum(trades, ({ feeFen }) => 0 - feeFen), movedFen: sum(movements.filter((one) => !isFee(one)), ({ fen }) => fen), movedFeeFen: sum(fees, ({ fen }) => fen),
    isRefund: row?.kind === 'refund', isVoid: trades.some(({ state }) => state !== 'succeeded'), outTradeNo: row?.outTradeNo ?? null, refundNo: row?.refundNo ?? null,
    transactionId: row?.transactionId ?? null, state: row?.state ?? null, tradeLine: row?.line ?? null, fundLine: main?.line ?? null, atMs: row?.atMs ?? 0,
    fundAtMs: main?.atMs ?? null, businessNo: main?.businessNo ?? null, flowNo: main?.flowNo ?? null, what: main?.what ?? null, voucher: main?.voucher ?? null,
  }
}

/** As the server's search over a day's tables has it: charges of a payment in a line of their own or taken off with it, those of a refund as a whole. */
function isApart({ tradeRows, dueFen, dueFeeFen, movedFen, movedFeeFen, feeRows, isRefund }: FundGroup): boolean {
  if (tradeRows === 0) return true
  if (dueFen === movedFen && dueFeeFen === movedFeeFen) return false
  return !((feeRows === 0 || isRefund) && dueFen + dueFeeFen === movedFen + movedFeeFen)
}
const numberOf = ({ trades: [row], movements }: Gathered): string =>
  row?.refundNo ?? row?.outTradeNo ?? (movements.find((one) => !isFee(one)) ?? movements[0])?.voucher ?? ''

/**
 * What is apart between the rows of a trade bill and the movements of a fund bill, in memory: for bills as files. Pure; in the order of the
 * channel's numbers.
 */
export function groupsOfRows(channel: 'wechat' | 'alipay' | 'unionpay', trades: readonly BillRow[], movements: readonly FundRow[]): FundGroup[] {
  const groups = new Map<string, Gathered>()
  const at = (key: string): Gathered => {
    const group = groups.get(key) ?? { trades: [], movements: [] }
    groups.set(key, group)
    return group
  }
  const isAlipay = channel === 'alipay'
  for (const row of trades) at(row.kind === 'payment' ? row.transactionId : isAlipay ? `${row.transactionId} r` : (row.refundId ?? '')).trades.push(row)
  for (const row of movements) if (!isOwn(row)) at(isAlipay && isBack(row) ? `${row.businessNo} r` : row.businessNo).movements.push(row)
  const apart = new Map([...groups].filter(([key, group]) => isApart(groupOf(key, group))).sort(([a], [b]) => (a < b ? -1 : 1)))
  const byNumber = new Map<string, string>()
  for (const [key, group] of [...apart].reverse()) if (group.trades.length > 0) byNumber.set(numberOf(group), key)
  // What the channel numbers otherwise in its fund bill is put together by our own number.
  for (const [key, group] of apart) {
    const own = group.trades.length > 0 || numberOf(group) === '' ? undefined : byNumber.get(numberOf(group))
    if (own === undefined) continue
    apart.get(own)?.movements.push(...group.movements)
    apart.delete(key)
  }
  return [...apart].map(([key, group]) => groupOf(key, group)).filter(isApart)
}
