import { createReadStream } from 'node:fs'
import { parse } from 'csv-parse'
import { parseYuan } from '../../money/fen.js'
import { parseChinaTime } from '../../payment/channel/china-time.js'
import { found } from './finding.js'

/** An order of ours. */
export interface OrderRow {
  readonly outTradeNo: string
  readonly rentBillNo: string
  readonly channel: 'wechat' | 'alipay' | 'unionpay'
  readonly fen: number
  readonly state: 'created' | 'paying' | 'paid' | 'closed' | 'failed'
  readonly createdAtMs: number
  readonly paidAtMs: number | null
  readonly transactionId: string | null
}
/** A refund of ours. */
export interface RefundRow {
  readonly refundNo: string
  readonly outTradeNo: string
  readonly fen: number
  readonly state: 'processing' | 'succeeded' | 'failed'
}
/** A line of the bank's statement. */
export interface BankRow {
  readonly serial: string
  /** YYYY-MM-DD */
  readonly date: string
  /** Above zero comes in. */
  readonly fen: number
  readonly balanceFen: number | null
  readonly payer: string
  /** Summary and remark, as one text. */
  readonly memo: string
}

/** Which columns of a bank's file say what; each bank has its own names. */
export interface BankMapping {
  readonly date: string
  readonly debit: string
  readonly credit: string
  readonly balance: string
  readonly payer: string
  readonly memo: readonly string[]
  readonly serial: string
}
export const BANK_MAPPING: BankMapping = { date: '交易日期', debit: '借方发生额', credit: '贷方发生额', balance: '账户余额', payer: '对方户名', memo: ['摘要', '附言'], serial: '流水号' }

type Cells = Readonly<Record<string, string>>
const LINE_BYTES_MAX = 65_536

/** Rows of a CSV file by the names in its first line, with their line numbers. */
async function* rowsOf(file: string, required: readonly string[]): AsyncGenerator<{ cells: Cells; line: number }> {
  const parser = createReadStream(file).pipe(parse({ columns: true, bom: true, info: true, trim: true, skip_empty_lines: true, max_record_size: LINE_BYTES_MAX }))
  let first = true
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<{ record: Cells; info: { lines: number } }>) {
      const missing = first ? required.filter((name) => cells[name] === undefined) : []
      if (missing.length > 0) found('columns-missing', { file, line: 1 }, missing.join('、'))
      first = false
      yield { cells, line: info.lines }
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code?.startsWith('CSV_') === true) found('cells', { file }, message)
    throw error
  }
}

const oneOf = <Value extends string>(words: Readonly<Record<string, Value>>, text: string | undefined, file: string, line: number, column: string): Value =>
  words[text ?? ''] ?? found('value', { file, line, column }, `${JSON.stringify(text)} is none of ${Object.keys(words).join(', ')}`)
const whole = (text: string | undefined, file: string, line: number, column: string): number =>
  /^\d{1,15}$/.test(text ?? '') ? Number(text) : found('value', { file, line, column }, `${JSON.stringify(text)} is no whole number of fen`)
function time(text: string | undefined, file: string, line: number, column: string): number | null {
  if (text === undefined || text === '') return null
  return parseChinaTime(text) ?? found('value', { file, line, column }, `${JSON.stringify(text)} is no time`)
}

const CHANNELS = { WECHAT: 'wechat', ALIPAY: 'alipay', UNIONPAY: 'unionpay' } as const
const ORDER_STATES = { CREATED: 'created', PAYING: 'paying', SUCCESS: 'paid', CLOSED: 'closed', FAILED: 'failed' } as const
const REFUND_STATES = { PROCESSING: 'processing', SUBMITTED: 'processing', SUCCESS: 'succeeded', ABNORMAL: 'failed', CLOSED: 'failed' } as const

/** Our orders, exported. @throws AppError SV_RECON_FILE */
export async function* ordersOf(file: string): AsyncGenerator<OrderRow> {
  for await (const { cells, line } of rowsOf(file, ['order_no', 'rent_bill_no', 'channel', 'amount_fen', 'state', 'created_at', 'paid_at', 'channel_tx_no'])) {
    const created = time(cells['created_at'], file, line, 'created_at')
    yield {
      outTradeNo: cells['order_no'] ?? '', rentBillNo: cells['rent_bill_no'] ?? '', channel: oneOf(CHANNELS, cells['channel'], file, line, 'channel'),
      fen: whole(cells['amount_fen'], file, line, 'amount_fen'), state: oneOf(ORDER_STATES, cells['state'], file, line, 'state'),
      createdAtMs: created ?? found('value', { file, line, column: 'created_at' }, 'no time'), paidAtMs: time(cells['paid_at'], file, line, 'paid_at'),
      transactionId: cells['channel_tx_no'] === '' ? null : (cells['channel_tx_no'] ?? null),
    }
  }
}

/** Our refunds, exported. @throws AppError SV_RECON_FILE */
export async function* refundsOf(file: string): AsyncGenerator<RefundRow> {
  for await (const { cells, line } of rowsOf(file, ['refund_no', 'order_no', 'amount_fen', 'state'])) {
    yield {
      refundNo: cells['refund_no'] ?? '', outTradeNo: cells['order_no'] ?? '', fen: whole(cells['amount_fen'], file, line, 'amount_fen'),
      state: oneOf(REFUND_STATES, cells['state'], file, line, 'state'),
    }
  }
}

/** A bank's statement. @throws AppError SV_RECON_FILE */
export async function* bankRowsOf(file: string, mapping: BankMapping = BANK_MAPPING): AsyncGenerator<BankRow> {
  const { date, debit, credit, balance, payer, memo, serial } = mapping
  for await (const { cells, line } of rowsOf(file, [date, debit, credit, payer, ...memo, serial])) {
    const amount = (column: string): number | null => {
      const text = (cells[column] ?? '').replaceAll(',', '')
      return text === '' ? null : (parseYuan(text) ?? found('value', { file, line, column }, `${JSON.stringify(cells[column])} is no amount in yuan`))
    }
    const [out, into] = [amount(debit) ?? 0, amount(credit) ?? 0]
    if ((out === 0) === (into === 0)) found('value', { file, line, column: credit }, 'a line is either a debit or a credit')
    if (!/^\d{4}-\d{2}-\d{2}$/.test(cells[date] ?? '')) found('value', { file, line, column: date }, `${JSON.stringify(cells[date])} is no day`)
    yield {
      serial: cells[serial] ?? '', date: cells[date] ?? '', fen: into - out, balanceFen: amount(balance), payer: cells[payer] ?? '',
      memo: memo.map((name) => cells[name] ?? '').join(' '),
    }
  }
}
