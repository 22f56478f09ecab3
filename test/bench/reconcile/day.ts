import { join } from 'node:path'
import Libsql from 'libsql'
import { DATE, DAY_BEFORE, EARLIER, MERCHANT, bare, chargeOf, dayStartMs, tradeBill } from './bill-text.js'
import { moveList, numbersOf, writeFundBill, writeStatement } from './fund-text.js'

/**
 * A made-up day of WeChat payments: the channel's bills and the bank's statement as files, our orders and refunds in a database, and what is
 * wrong between them. Shares no code with what finds it.
 */

const DAY_SECONDS = 86_400
const DAY_MS = 86_400_000
/** Rows of the bill that are refunds, and rows that something is wrong with. */
const REFUNDS = 0.01
const WRONG = 0.005
/** Refunds are few: so many of them are wrong that each of their classes is met. */
const WRONG_REFUNDS = 0.05
/** Of payments and of refunds that are right with us: those whose money moved otherwise. */
const MOVED_WRONG = 0.002
const MOVED_WRONG_REFUNDS = 0.02

/** What may be wrong with a payment or refund, by the class it must be found in. */
const PAYMENT_FAULTS = [
  'AMOUNT_MISMATCH', 'STATUS_CHANNEL_SUCCESS_LOCAL_PENDING', 'LATE_PAYMENT_AFTER_CLOSE', 'CHANNEL_ONLY_UNKNOWN', 'LOCAL_ONLY', 'ORDER_NO_MISMATCH', 'DOUBLE_PAY_SAME_RENT_BILL',
  'FEE_MISMATCH', 'DUP_CHANNEL_ROW',
] as const
const REFUND_FAULTS = ['REFUND_PENDING_RECHECK', 'REFUND_AMOUNT_MISMATCH', 'REFUND_CHANNEL_ONLY', 'REFUND_LOCAL_ONLY'] as const
type Fault = (typeof PAYMENT_FAULTS)[number] | (typeof REFUND_FAULTS)[number]
/** What may be otherwise in the fund bill than in the trade bill. `late`: of the day before; `renumbered` is the same all the same. */
const MOVE_FAULTS = ['missing', 'short', 'over', 'fee', 'unknown', 'chargeback', 'late', 'renumbered'] as const
const REFUND_MOVE_FAULTS = ['missing', 'short', 'unknownRefund'] as const
type MoveFault = (typeof MOVE_FAULTS)[number] | (typeof REFUND_MOVE_FAULTS)[number]

/** What is known to be right and wrong between two sides. */
export interface LegTruth {
  /** Lines of the trade bill that are the same on both sides. */
  readonly matchable: number
  /** Numbers by the class they belong to. */
  readonly faults: Readonly<Record<string, readonly string[]>>
}
export interface Truth {
  /** Lines of the trade bill, and of the fund bill. */
  readonly rows: number
  readonly fundRows: number
  /** The trade bill beside our orders; the fund bill beside the trade bill, and the bank. */
  readonly trade: LegTruth
  readonly fund: LegTruth
}
/** Files of a day in their folder. */
export const FILES = { trade: 'trade.csv', fund: 'fund.csv', tradeBefore: 'trade-before.csv', fundBefore: 'fund-before.csv', bank: 'bank.csv' } as const

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

/** Our own side, in a database that is migrated and empty. */
function openBooks(databaseFile: string) {
  const db = new Libsql(databaseFile)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  const orders = inserter(db, 'PayOrder', ORDER_COLUMNS)
  const refunds = inserter(db, 'PayRefund', REFUND_COLUMNS)
  return {
    order(made: number, fen: number, paidAtMs: number, change: Record<string, unknown> = {}): void {
      const { serial, number, transaction } = numbersOf(made)
      const row: Record<string, unknown> = {
        outTradeNo: number, estateId: `e${made % 11}`, householdId: `h-${made % 20_000}`, billId: `B-${serial}`, channel: 'wechat', merchantId: MERCHANT, scene: 'qr', totalFen: fen,
        description: '公租房租金 2026-08,2026-09', state: 'paid', createdAtMs: Math.max(dayStartMs(DATE), paidAtMs - 20_000), expiresAtMs: paidAtMs + 880_000, transactionId: transaction, paidFen: fen,
        paidAtMs, bizDate: DATE, prepaidFen: 0, ...change,
      }
      orders.add(ORDER_COLUMNS.map((name) => row[name] ?? null))
    },
    refund(made: number, fen: number, atMs: number, state: string): void {
      const { refundNo, number } = numbersOf(made)
      refunds.add([refundNo, number, `e${made % 11}`, fen, '多缴', state, 'maker', atMs - 60_000, atMs])
    },
    close(): void {
      orders.flush()
      refunds.flush()
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      db.close()
    },
  }
}

interface DayWork {
  readonly books: ReturnType<typeof openBooks>
  readonly bill: ReturnType<typeof tradeBill>
  readonly before: ReturnType<typeof tradeBill>
  readonly moves: ReturnType<typeof moveList>
  /** One more that is the same on both sides. */
  same(leg: 'trade' | 'fund'): void
  /** One more that is not. */
  wrong(leg: 'trade' | 'fund', code: string, number: string): void
}
interface One { readonly made: number; readonly second: number; readonly fen: number; readonly fault: Fault | undefined; readonly moved: MoveFault | undefined }

/** A payment of the day: our order, its line in the trade bill, and what moved of it. */
function writePayment({ books, bill, before, moves, same, wrong }: DayWork, { made, second, fen, fault, moved }: One): void {
  const { number, transaction } = numbersOf(made)
  const paidAtMs = dayStartMs(DATE) + second * 1_000
  const open = { transactionId: null, paidFen: null, paidAtMs: null, bizDate: null }
  const order = (change?: Record<string, unknown>): void => books.order(made, fen, paidAtMs, change)
  if (fault === undefined || fault === 'FEE_MISMATCH' || fault === 'DUP_CHANNEL_ROW' || fault === 'LOCAL_ONLY') order()
  if (fault === 'AMOUNT_MISMATCH') order({ totalFen: fen + 100, paidFen: fen + 100 })
  if (fault === 'STATUS_CHANNEL_SUCCESS_LOCAL_PENDING') order({ state: 'paying', ...open })
  if (fault === 'LATE_PAYMENT_AFTER_CLOSE') order({ state: 'closed', ...open })
  if (fault === 'ORDER_NO_MISMATCH') order({ outTradeNo: `${number}Z` })
  if (fault === 'DOUBLE_PAY_SAME_RENT_BILL') {
    order({ prepaidFen: fen })
    order({ outTradeNo: `${number}A`, channel: 'alipay', merchantId: '2088021109625633', transactionId: `A${transaction}`, createdAtMs: paidAtMs - 700_000, paidAtMs: paidAtMs - 600_000 })
  }
  if (fault === undefined) same('trade')
  else wrong('trade', fault, number)
  if (fault === 'LOCAL_ONLY') return
  const fee = chargeOf(fen) + (fault === 'FEE_MISMATCH' ? 5 : 0)
  const line = { second, transaction, number, fen, fee }
  bill.payment(line)
  // The bill counts it twice, and the money came once.
  if (fault === 'DUP_CHANNEL_ROW') {
    bill.payment(line)
    wrong('fund', 'SETTLEMENT_SHORT', number)
  } else if (moved === undefined || moved === 'unknown' || moved === 'chargeback' || moved === 'late' || moved === 'renumbered') same('fund')
  if (moved === 'missing') wrong('fund', 'SETTLEMENT_MISSING', number)
  else if (moved === 'renumbered') moves.add('renumbered', second, made, fen, fee)
  else moves.add('payment', second, made, fen + (moved === 'short' ? -1 : moved === 'over' ? 1 : 0), fee + (moved === 'fee' ? 3 : 0))
  if (moved === 'short' || moved === 'over') wrong('fund', moved === 'short' ? 'SETTLEMENT_SHORT' : 'SETTLEMENT_OVER', number)
  if (moved === 'fee') wrong('fund', 'FEE_MISMATCH', number)
  if (moved === 'unknown') wrong('fund', 'CHANNEL_ONLY_UNKNOWN', `X${number}`)
  if (moved === 'chargeback') wrong('fund', 'CHARGEBACK', `CB${number}`)
  if (moved === 'unknown' || moved === 'chargeback') moves.add(moved, second, made, fen, fee)
  if (moved !== 'late') return
  const late = numbersOf(made, DAY_BEFORE)
  const lateAtMs = dayStartMs(DATE) - 1_000
  books.order(made, fen, lateAtMs, { outTradeNo: late.number, transactionId: late.transaction, billId: `L-${late.serial}`, createdAtMs: lateAtMs - 20_000, bizDate: DAY_BEFORE })
  before.payment({ ...late, second: DAY_SECONDS - 1, fen, fee })
  moves.add('late', second, made, fen, fee)
  wrong('fund', 'MATCHED_NEXT_DAY', late.number)
}

/** A refund on the day of an order of days before. */
function writeRefund({ books, bill, moves, same, wrong }: DayWork, { made, second, fen, fault, moved }: One): void {
  const { number, transaction, refundNo } = numbersOf(made)
  const atMs = dayStartMs(DATE) + second * 1_000
  books.order(made, fen, atMs - 2 * DAY_MS, { createdAtMs: atMs - 2 * DAY_MS - 20_000, bizDate: EARLIER, state: 'refunded' })
  const isPending = fault === 'REFUND_PENDING_RECHECK'
  if (fault !== 'REFUND_CHANNEL_ONLY') books.refund(made, fault === 'REFUND_AMOUNT_MISMATCH' ? fen - 1 : fen, atMs, isPending ? 'processing' : 'succeeded')
  if (fault === undefined) same('trade')
  else wrong('trade', fault, refundNo)
  if (fault === 'REFUND_LOCAL_ONLY') return
  bill.refund({ second, transaction, number, refundNo, fen, state: isPending ? 'PROCESSING' : 'SUCCESS' })
  if (moved === undefined || moved === 'unknownRefund') same('fund')
  if (moved === 'missing') wrong('fund', 'SETTLEMENT_MISSING', refundNo)
  // More went out than the trade bill says: less is settled.
  else if (!isPending) moves.add('refund', second, made, fen + (moved === 'short' ? 1 : 0), chargeOf(fen))
  if (moved === 'short') wrong('fund', 'SETTLEMENT_SHORT', refundNo)
  if (moved !== 'unknownRefund') return
  wrong('fund', 'REFUND_CHANNEL_ONLY', `X${refundNo}`)
  moves.add('unknownRefund', second, made, fen, 0)
}

/**
 * Writes a day with so many lines in its trade bill, and what there is of it in the day before.
 * @param folder for the files (`FILES`)
 * @param databaseFile migrated and empty: our orders and refunds go into it
 */
export async function writeDay({ rows, seed, folder, databaseFile }: { rows: number; seed: number; folder: string; databaseFile: string }): Promise<Truth> {
  const random = dice(seed)
  const file = (name: keyof typeof FILES): string => join(folder, FILES[name])
  const [bill, before] = [tradeBill(file('trade'), DATE), tradeBill(file('tradeBefore'), DAY_BEFORE)]
  const books = openBooks(databaseFile)
  const faults = { trade: {} as Record<string, string[]>, fund: {} as Record<string, string[]> }
  const matchable = { trade: 0, fund: 0 }
  const moves = moveList(Math.ceil(rows * 1.1) + 100)
  const day: DayWork = {
    books, bill, before, moves, same: (leg) => void (matchable[leg] += 1), wrong: (leg, code, number) => void (faults[leg][code] ??= []).push(number),
  }
  for (let made = 1; bill.sums.rows < rows; made += 1) {
    // Latest first, as the channel writes it.
    const second = Math.max(0, DAY_SECONDS - 1 - Math.floor((bill.sums.rows / rows) * DAY_SECONDS))
    const fen = 1_000 + Math.floor(random() * 60_000)
    const isRefund = random() < REFUNDS
    const isWrong = random() < (isRefund ? WRONG_REFUNDS : WRONG)
    const isMovedWrong = random() < (isRefund ? MOVED_WRONG_REFUNDS : MOVED_WRONG) && !isWrong
    const [kinds, movedKinds] = isRefund ? [REFUND_FAULTS, REFUND_MOVE_FAULTS] : [PAYMENT_FAULTS, MOVE_FAULTS]
    const one: One = { made, second, fen, fault: isWrong ? kinds[made % kinds.length] : undefined, moved: isMovedWrong ? movedKinds[made % movedKinds.length] : undefined }
    if (isRefund) writeRefund(day, one)
    else writePayment(day, one)
    await bill.pause()
  }
  books.close()
  await Promise.all([bill.end(), before.end()])
  const fundRows = await writeFundBill(file('fund'), DATE, moves, 3_000_000)
  await writeFundBill(file('fundBefore'), DAY_BEFORE, moveList(0), 0)
  const settlement = { payer: '财付通支付科技有限公司', serial: `BK${bare(DATE)}1` }
  const isOwed = before.netFen() > 0
  await writeStatement(file('bank'), [
    // Of the day before a fen is missing.
    ...(isOwed ? [{ ...settlement, date: DATE, fen: before.netFen() - 1, memo: `${MERCHANT} ${bare(DAY_BEFORE)}`, serial: `BK${bare(DAY_BEFORE)}1` }] : []),
    { ...settlement, date: '2026-09-23', fen: bill.netFen(), memo: `${MERCHANT} ${bare(DATE)}` },
    { date: '2026-09-23', fen: 12_345, payer: '陈大文', memo: '租金', serial: `BK${bare(DATE)}2` },
  ])
  if (isOwed) day.wrong('fund', 'SETTLEMENT_SHORT', `BK${bare(DAY_BEFORE)}1`)
  day.wrong('fund', 'BANK_SUSPENSE', `BK${bare(DATE)}2`)
  return { rows: bill.sums.rows, fundRows, trade: { matchable: matchable.trade, faults: faults.trade }, fund: { matchable: matchable.fund, faults: faults.fund } }
}
