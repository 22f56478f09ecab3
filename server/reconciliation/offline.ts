import { AppError } from '#kernel/app-error.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { CLASSES, CLASS_CODES, type ClassCode } from './classes.js'
import type { BillRow, BillTotals } from './file/bill-row.js'
import { type Finding, found } from './file/finding.js'
import type { FundRow } from './file/fund-row.js'
import { readAlipayBill, readAlipayFundBill, readWechatBill } from './file/open-bill.js'
import { bankRowsOf, ordersOf, refundsOf, type BankMapping, type BankRow, type OrderRow, type RefundRow } from './file/own-files.js'
import { groupsOfRows } from './fund/fund-groups.js'
import type { OwnNumber } from './fund/fund-repository.js'
import { fundDifferences, numberOf } from './fund/fund-rules.js'
import { feeDiffers, matchBank, paymentClass, refundClass, type Settlement } from './match.js'

export interface OfflineInput {
  /** YYYY-MM-DD, Beijing. */
  readonly date: string
  readonly wechat: readonly string[]
  readonly alipay: readonly string[]
  readonly orders: string
  readonly refunds: string | null
  readonly bank: string | null
  readonly bankMapping: BankMapping
  /** What the channel said the WeChat bill's hash is; null where nobody asked. */
  readonly sha1: string | null
}

/** Figures of a channel's bill as people compare them. */
export interface ChannelFigures {
  readonly rows?: number
  readonly payments: number
  readonly gross_fen: number
  readonly refunds: number
  readonly refund_fen: number
  readonly fee_fen: number
  readonly net_settlement_fen: number
}
export interface OfflineOutcome {
  readonly bill_date: string
  readonly wechat?: ChannelFigures
  readonly alipay?: ChannelFigures
  /** Numbers by class; of two payments for one rent bill the group of them. Classes without any are left out. */
  readonly classes: Readonly<Partial<Record<ClassCode, ReadonlyArray<string | readonly string[]>>>>
}

const figures = (totals: BillTotals): Omit<ChannelFigures, 'rows'> => ({
  payments: totals.payments, gross_fen: totals.grossFen, refunds: totals.refunds, refund_fen: totals.refundFen, fee_fen: totals.feeFen, net_settlement_fen: totals.netFen,
})
const add = (a: BillTotals, b: BillTotals): BillTotals => ({
  rows: a.rows + b.rows, payments: a.payments + b.payments, refunds: a.refunds + b.refunds, grossFen: a.grossFen + b.grossFen, refundFen: a.refundFen + b.refundFen,
  feeFen: a.feeFen + b.feeFen, netFen: a.netFen + b.netFen,
})
const NOTHING: BillTotals = { rows: 0, payments: 0, refunds: 0, grossFen: 0, refundFen: 0, feeFen: 0, netFen: 0 }
const keyOf = (row: BillRow): string => `${row.channel} ${row.kind} ${row.transactionId} ${row.refundNo ?? ''}`

async function list<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

interface Bills {
  /** Each row once, in the order of the files. */
  readonly rows: readonly BillRow[]
  readonly repeated: readonly string[]
  readonly wechat: BillTotals | null
  readonly alipay: BillTotals | null
  /** Movements of the fund bills, by channel; null where none was given. */
  readonly funds: Readonly<Record<'wechat' | 'alipay', readonly FundRow[] | null>>
  readonly settlements: readonly Settlement[]
}

/** An Alipay file is a trade bill or an account log; which of them says its content. @returns null where it is an account log */
async function readAlipayTrades(
  file: string, trade: (rows: BillRow[]) => void, fund: (rows: FundRow[]) => void,
): Promise<(BillTotals & { readonly merchantId: string }) | null> {
  try {
    return await readAlipayBill(file, trade)
  } catch (error) {
    const { code } = error instanceof AppError ? (error.details as unknown as Finding) : ({} as Partial<Finding>)
    if (code !== 'zip-content' && code !== 'columns-missing') throw error
    await readAlipayFundBill(file, fund).catch((second: unknown) => { throw (second as AppError).details?.['code'] === code ? error : second })
    return null
  }
}

/** Several files may say the same row (ALL and SUCCESS); within one file a row stands once. */
async function readBills(input: OfflineInput): Promise<Bills> {
  const rows = new Map<string, BillRow>()
  const repeated: string[] = []
  const settlements = new Map<string, Settlement>()
  let inFile = new Set<string>()
  const take = (file: string) => (batch: BillRow[]): void => {
    for (const row of batch) {
      const day = civilDateOf(row.atMs)
      if (day !== input.date) found('date', { file, line: row.line }, `${day}, not ${input.date}`)
      const key = keyOf(row)
      if (inFile.has(key)) repeated.push(row.refundNo ?? row.outTradeNo)
      inFile.add(key)
      if (!rows.has(key)) rows.set(key, row)
    }
  }
  const funds: Record<'wechat' | 'alipay', FundRow[] | null> = { wechat: null, alipay: null }
  const takeFund = (channel: 'wechat' | 'alipay', file: string) => (batch: FundRow[]): void => {
    for (const row of batch) if (civilDateOf(row.atMs) !== input.date) found('date', { file, line: row.line }, `${civilDateOf(row.atMs)}, not ${input.date}`)
    const all = (funds[channel] ??= [])
    for (const row of batch) all.push(row)
  }
  const settle = (merchantId: string, totals: BillTotals): void => void settlements.set(merchantId, { merchantId, date: input.date,
    netFen: (settlements.get(merchantId)?.netFen ?? 0) + totals.netFen })
  const totals = { wechat: null as BillTotals | null, alipay: null as BillTotals | null }
  const hashes: string[] = []
  for (const file of input.wechat) {
    inFile = new Set()
    const known = rows.size
    const bill = await readWechatBill(file, { trade: take(file), fund: takeFund('wechat', file) })
    hashes.push(bill.sha1)
    if (bill.trade === null || (rows.size === known && bill.trade.rows > 0)) continue
    totals.wechat = add(totals.wechat ?? NOTHING, bill.trade)
    settle([...rows.values()].at(-1)?.merchantId ?? '', bill.trade)
  }
  if (input.sha1 !== null && !hashes.includes(input.sha1.toLowerCase())) found('hash', { file: input.wechat.join(', ') }, `${hashes.join(', ')}, not ${input.sha1}`)
  for (const file of input.alipay) {
    inFile = new Set()
    const bill = await readAlipayTrades(file, take(file), takeFund('alipay', file))
    if (bill === null) continue
    totals.alipay = add(totals.alipay ?? NOTHING, bill)
    settle(bill.merchantId, bill)
  }
  return { rows: [...rows.values()], repeated, ...totals, funds, settlements: [...settlements.values()] }
}

type Lists = Map<ClassCode, Array<string | readonly string[]>>

function classifyPayments(bills: Bills, orders: readonly OrderRow[], date: string, put: (code: ClassCode, reference: string | readonly string[]) => void): void {
  const payments = bills.rows.filter((row) => row.kind === 'payment' && row.state === 'succeeded')
  const byNumber = new Map(payments.map((row) => [`${row.channel} ${row.outTradeNo}`, row]))
  const byTransaction = new Map(orders.flatMap((order) => (order.transactionId === null ? [] : [[order.transactionId, order] as const])))
  const inBills = new Set([...(bills.wechat === null ? [] : ['wechat']), ...(bills.alipay === null ? [] : ['alipay'])])
  const seen = new Set<BillRow>()
  const paidBills = new Map<string, string[]>()
  for (const order of orders) {
    const row = byNumber.get(`${order.channel} ${order.outTradeNo}`)
    if (row === undefined) {
      const isDue = order.state === 'paid' && order.paidAtMs !== null && civilDateOf(order.paidAtMs) === date && inBills.has(order.channel)
      const elsewhere = payments.some((one) => one.transactionId === order.transactionId)
      if (isDue && !elsewhere) put('LOCAL_ONLY', order.outTradeNo)
      continue
    }
    seen.add(row)
    const code = paymentClass(row, order, undefined)
    put(code, order.outTradeNo)
    if (code === 'CHANNEL_ONLY_UNKNOWN') put('LOCAL_ONLY', order.outTradeNo)
    if (civilDateOf(order.createdAtMs) < date) put('CROSS_DAY', order.outTradeNo)
    paidBills.set(order.rentBillNo, [...(paidBills.get(order.rentBillNo) ?? []), order.outTradeNo])
  }
  for (const row of payments) if (!seen.has(row)) put(paymentClass(row, undefined, byTransaction.get(row.transactionId)), row.outTradeNo)
  for (const numbers of paidBills.values()) if (numbers.length > 1) put('DOUBLE_PAY_SAME_RENT_BILL', numbers)
  for (const row of bills.rows) if (feeDiffers(row, null)) put('FEE_MISMATCH', row.refundNo ?? row.outTradeNo)
}

function classifyRefunds(bills: Bills, refunds: readonly RefundRow[], put: (code: ClassCode, reference: string) => void): void {
  const rows = new Map(bills.rows.filter((row) => row.kind === 'refund').map((row) => [row.refundNo ?? '', row]))
  for (const refund of refunds) {
    const row = rows.get(refund.refundNo)
    if (row !== undefined) put(refundClass(row, refund), refund.refundNo)
    else if (refund.state === 'succeeded') put('REFUND_LOCAL_ONLY', refund.refundNo)
    rows.delete(refund.refundNo)
  }
  for (const refundNo of rows.keys()) put('REFUND_CHANNEL_ONLY', refundNo)
}

/** Each channel's fund bill beside its trade bill, where both were given. */
function classifyFunds(bills: Bills, orders: readonly OrderRow[], refunds: readonly RefundRow[], put: (code: ClassCode, reference: string) => void): void {
  const common = { estateId: '', billId: null }
  const own = new Map<string, OwnNumber>([
    ...orders.map(({ outTradeNo, state }) => [outTradeNo, { ...common, number: outTradeNo, kind: 'order', outTradeNo, state }] as const),
    ...refunds.map(({ refundNo, outTradeNo, state }) => [refundNo, { ...common, number: refundNo, kind: 'refund', outTradeNo, state }] as const),
  ])
  for (const channel of ['wechat', 'alipay'] as const) {
    const movements = bills.funds[channel]
    if (movements === null || bills[channel] === null) continue
    for (const group of groupsOfRows(channel, bills.rows.filter((row) => row.channel === channel), movements)) {
      const known = { own: own.get(numberOf(group)), movedElsewhereFen: undefined, dueElsewhereFen: undefined }
      for (const { classCode, reference } of fundDifferences(group, known)) if (!CLASSES[classCode].settled) put(classCode, reference)
    }
  }
}

/**
 * Reconciles one day from files alone. The same files give the same result, to the byte.
 * @throws AppError SV_RECON_FILE with the finding
 */
export async function reconcileOffline(input: OfflineInput): Promise<OfflineOutcome> {
  const bills = await readBills(input)
  const orders = await list(ordersOf(input.orders))
  const refunds = input.refunds === null ? [] : await list(refundsOf(input.refunds))
  const bank: BankRow[] | null = input.bank === null ? null : await list(bankRowsOf(input.bank, input.bankMapping))
  const lists: Lists = new Map()
  const put = (code: ClassCode, reference: string | readonly string[]): void => {
    const list = lists.get(code)
    if (list === undefined) lists.set(code, [reference])
    else list.push(reference)
  }
  classifyPayments(bills, orders, input.date, put)
  classifyRefunds(bills, refunds, put)
  classifyFunds(bills, orders, refunds, put)
  for (const reference of bills.repeated) put('DUP_CHANNEL_ROW', reference)
  if (bank !== null) for (const { code, reference } of matchBank(bills.settlements, bank)) put(code, reference)
  return {
    bill_date: input.date,
    ...(bills.wechat === null ? {} : { wechat: { rows: bills.wechat.rows, ...figures(bills.wechat) } }),
    ...(bills.alipay === null ? {} : { alipay: figures(bills.alipay) }),
    classes: Object.fromEntries(CLASS_CODES.flatMap((code) => (lists.has(code) ? [[code, lists.get(code) as Array<string | string[]>]] : []))),
  }
}
