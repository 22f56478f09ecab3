import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import Libsql from 'libsql'

/** A made-up day of WeChat payments: the channel's bill as a file, our orders and refunds in a database, and what is wrong between them. Shares no code with what finds it. */

export const DATE = '2026-09-22'
export const MERCHANT = '1900000109'
const DAY_START_MS = Date.parse(`${DATE}T00:00:00+08:00`)
const DAY_SECONDS = 86_400
/** Rows of the bill that are refunds, and rows that something is wrong with. */
const REFUNDS = 0.01
const WRONG = 0.005
/** Refunds are few: so many of them are wrong that each of their classes is met. */
const WRONG_REFUNDS = 0.05

/** What may be wrong with a payment or refund, by the class it must be found in. */
const PAYMENT_FAULTS = [
  'AMOUNT_MISMATCH', 'STATUS_CHANNEL_SUCCESS_LOCAL_PENDING', 'LATE_PAYMENT_AFTER_CLOSE', 'CHANNEL_ONLY_UNKNOWN', 'LOCAL_ONLY', 'ORDER_NO_MISMATCH', 'DOUBLE_PAY_SAME_RENT_BILL',
  'FEE_MISMATCH', 'DUP_CHANNEL_ROW',
] as const
const REFUND_FAULTS = ['REFUND_PENDING_RECHECK', 'REFUND_AMOUNT_MISMATCH', 'REFUND_CHANNEL_ONLY', 'REFUND_LOCAL_ONLY'] as const
type Fault = (typeof PAYMENT_FAULTS)[number] | (typeof REFUND_FAULTS)[number]

export interface Truth {
  /** Lines of the bill. */
  readonly rows: number
  /** Lines that are the same with us. */
  readonly matchable: number
  /** Numbers by the class they belong to. */
  readonly faults: Record<string, string[]>
}

/** Mulberry32: the same seed gives the same day. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`
const chargeOf = (fen: number): number => Math.floor((fen * 6 + 500) / 1_000)
const two = (value: number): string => String(value).padStart(2, '0')
const clockOf = (second: number): string => `${DATE} ${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`

const HEAD = '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,' +
  '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const TOTALS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

interface Sums { rows: number; gross: number; back: number; fee: number }

function paymentLine(sums: Sums, one: { second: number; transaction: string; number: string; fen: number; fee: number }): string {
  sums.rows += 1
  sums.gross += one.fen
  sums.fee += one.fee
  const cells = [
    clockOf(one.second), 'wx8888888888888888', MERCHANT, '0', '', one.transaction, one.number, 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'NATIVE', 'SUCCESS', 'OTHERS', 'CNY', yuan(one.fen), '0.00', '0', '0',
    '0.00', '0.00', '', '', '公租房租金 2026-08,2026-09', 'E01-B1-0302', `${yuan(one.fee)}000`, '0.60%', yuan(one.fen), '0.00', '',
  ]
  return `\`${cells.join(',`')}\r\n`
}
function refundLine(sums: Sums, one: { second: number; transaction: string; number: string; refundNo: string; fen: number; state: string }): string {
  const fee = chargeOf(one.fen)
  sums.rows += 1
  sums.back += one.fen
  sums.fee -= fee
  const cells = [
    clockOf(one.second), 'wx8888888888888888', MERCHANT, '0', '', one.transaction, one.number, 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'NATIVE', 'REFUND', 'OTHERS', 'CNY', '0.00', '0.00',
    `50300807${one.transaction.slice(-21)}`, one.refundNo, yuan(one.fen), '0.00', 'ORIGINAL', one.state, '公租房租金 2026-08,2026-09', 'E01-B1-0302', `-${yuan(fee)}000`, '0.60%', '0.00', yuan(one.fen), '',
  ]
  return `\`${cells.join(',`')}\r\n`
}

const ORDER_COLUMNS = ['outTradeNo', 'estateId', 'householdId', 'billId', 'channel', 'merchantId', 'scene', 'totalFen', 'description', 'state', 'createdAtMs', 'expiresAtMs',
  'transactionId', 'paidFen', 'paidAtMs', 'bizDate', 'prepaidFen']
const REFUND_COLUMNS = ['outRefundNo', 'outTradeNo', 'estateId', 'refundFen', 'reason', 'state', 'makerId', 'createdAtMs', 'submittedAtMs']

/** Inserts rows some thousand to a transaction. */
function inserter(db: Libsql.Database, table: string, columns: readonly string[]) {
  const cells = `(${columns.map(() => '?').join(',')})`
  const many = db.prepare(`INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(',')}) VALUES ${Array.from({ length: 40 }, () => cells).join(',')}`)
  const single = db.prepare(`INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(',')}) VALUES ${cells}`)
  let waiting: unknown[][] = []
  const flush = (): void => {
    db.exec('BEGIN')
    let at = 0
    for (; at + 40 <= waiting.length; at += 40) many.run(waiting.slice(at, at + 40).flat())
    for (const row of waiting.slice(at)) single.run(row)
    db.exec('COMMIT')
    waiting = []
  }
  return {
    add(row: unknown[]): void {
      waiting.push(row)
      if (waiting.length >= 4_000) flush()
    },
    flush,
  }
}

/**
 * Writes a day with so many lines in its bill.
 * @param databaseFile migrated and empty: our orders and refunds go into it
 */
export async function writeDay(options: { rows: number; seed: number; billFile: string; databaseFile: string }): Promise<Truth> {
  const random = dice(options.seed)
  const out = createWriteStream(options.billFile)
  const db = new Libsql(options.databaseFile)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  const orders = inserter(db, 'PayOrder', ORDER_COLUMNS)
  const refunds = inserter(db, 'PayRefund', REFUND_COLUMNS)
  const sums: Sums = { rows: 0, gross: 0, back: 0, fee: 0 }
  const faults: Record<string, string[]> = {}
  const wrong = (fault: Fault, number: string): void => void (faults[fault] ??= []).push(number)
  let [matchable, made, text] = [0, 0, `\uFEFF${HEAD}\r\n`]
  while (sums.rows < options.rows) {
    made += 1
    // Newest first, as the channel writes it.
    const second = Math.max(0, DAY_SECONDS - 1 - Math.floor((sums.rows / options.rows) * DAY_SECONDS))
    const serial = String(9_999_999_999 - made)
    const number = `RT20260922${serial}`
    const transaction = `420000250920260922${serial}`
    const fen = 1_000 + Math.floor(random() * 60_000)
    const isRefund = random() < REFUNDS
    const fault: Fault | undefined = random() >= (isRefund ? WRONG_REFUNDS : WRONG) ? undefined : isRefund
      ? REFUND_FAULTS[made % REFUND_FAULTS.length] : PAYMENT_FAULTS[made % PAYMENT_FAULTS.length]
    if (fault !== undefined) wrong(fault, isRefund ? `RF20260922${serial}` : number)
    const paidAtMs = DAY_START_MS + second * 1_000
    const order = (change: Record<string, unknown> = {}): void => {
      const row: Record<string, unknown> = {
        outTradeNo: number, estateId: `e${made % 11}`, householdId: `h-${made % 20_000}`, billId: `B-${serial}`, channel: 'wechat', merchantId: MERCHANT, scene: 'qr', totalFen: fen,
        description: '公租房租金 2026-08,2026-09', state: 'paid', createdAtMs: Math.max(DAY_START_MS, paidAtMs - 20_000), expiresAtMs: paidAtMs + 880_000, transactionId: transaction, paidFen: fen, paidAtMs,
        bizDate: DATE, prepaidFen: 0, ...change,
      }
      orders.add(ORDER_COLUMNS.map((name) => row[name] ?? null))
    }
    const open = { transactionId: null, paidFen: null, paidAtMs: null, bizDate: null }
    if (isRefund) {
      // Of an order that was paid the day before.
      const refundNo = `RF20260922${serial}`
      order({ createdAtMs: paidAtMs - 90_000_000, paidAtMs: paidAtMs - 86_400_000, bizDate: '2026-09-21', state: 'refunded' })
      const ours = (back: number, state: string): void => refunds.add([refundNo, number, `e${made % 11}`, back, '多缴', state, 'maker', paidAtMs - 60_000, paidAtMs])
      if (fault !== 'REFUND_CHANNEL_ONLY') ours(fault === 'REFUND_AMOUNT_MISMATCH' ? fen - 1 : fen, fault === 'REFUND_PENDING_RECHECK' ? 'processing' : 'succeeded')
      if (fault !== 'REFUND_LOCAL_ONLY') text += refundLine(sums, { second, transaction, number, refundNo, fen, state: fault === 'REFUND_PENDING_RECHECK' ? 'PROCESSING' : 'SUCCESS' })
      if (fault === undefined) matchable += 1
    } else {
      const fee = chargeOf(fen) + (fault === 'FEE_MISMATCH' ? 5 : 0)
      if (fault === undefined || fault === 'FEE_MISMATCH' || fault === 'DUP_CHANNEL_ROW' || fault === 'LOCAL_ONLY') order()
      if (fault === 'AMOUNT_MISMATCH') order({ totalFen: fen + 100, paidFen: fen + 100 })
      if (fault === 'STATUS_CHANNEL_SUCCESS_LOCAL_PENDING') order({ state: 'paying', ...open })
      if (fault === 'LATE_PAYMENT_AFTER_CLOSE') order({ state: 'closed', ...open })
      if (fault === 'ORDER_NO_MISMATCH') order({ outTradeNo: `${number}Z` })
      if (fault === 'DOUBLE_PAY_SAME_RENT_BILL') {
        order({ prepaidFen: fen })
        order({ outTradeNo: `${number}A`, channel: 'alipay', merchantId: '2088021109625633', transactionId: `A${transaction}`, createdAtMs: paidAtMs - 700_000, paidAtMs: paidAtMs - 600_000 })
      }
      if (fault !== 'LOCAL_ONLY') text += paymentLine(sums, { second, transaction, number, fen, fee })
      if (fault === 'DUP_CHANNEL_ROW') text += paymentLine(sums, { second, transaction, number, fen, fee })
      if (fault === undefined) matchable += 1
    }
    if (text.length > 500_000) {
      if (!out.write(text)) await once(out, 'drain')
      text = ''
    }
  }
  orders.flush()
  refunds.flush()
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  out.end(`${text}${TOTALS}\r\n\`${[String(sums.rows), yuan(sums.gross), yuan(sums.back), '0.00', `${yuan(sums.fee)}000`, yuan(sums.gross), yuan(sums.back)].join(',`')}\r\n`)
  await once(out, 'close')
  return { rows: sums.rows, matchable, faults }
}
