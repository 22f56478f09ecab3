import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
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
  /** What goes out and what comes in, each in a column of its own; null where `amount` says both. */
  readonly debit: string | null
  readonly credit: string | null
  /** One column with a sign: above zero comes in. */
  readonly amount?: string | null
  readonly balance: string
  readonly payer: string
  readonly memo: readonly string[]
  readonly serial: string
}
export const BANK_MAPPING: BankMapping = { date: '交易日期', debit: '借方发生额', credit: '贷方发生额', balance: '账户余额', payer: '对方户名', memo: ['摘要', '附言'], serial: '流水号' }

type Cells = Readonly<Record<string, string>>
const LINE_BYTES_MAX = 65_536
/** Enough of a file to tell its encoding by. */
const PROBE_BYTES = 65_536

/** Banks write GBK, others UTF-8: what is no UTF-8 is read as GBK. */
async function textOf(file: string): Promise<Readable> {
  const handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(PROBE_BYTES), 0, PROBE_BYTES, 0)
  await handle.close()
  const isUtf8 = isUtf8Text(buffer.subarray(0, bytesRead))
  async function* decoded(): AsyncGenerator<string> {
    const decoder = new TextDecoder(isUtf8 ? 'utf-8' : 'gbk', { fatal: true, ignoreBOM: true })
    try {
      for await (const piece of createReadStream(file)) yield decoder.decode(piece as Buffer, { stream: true })
      yield decoder.decode()
    } catch (error) {
      if (error instanceof TypeError) found('encoding', { file }, 'neither UTF-8 nor GBK')
      throw error
    }
  }
  return Readable.from(decoded())
}

function isUtf8Text(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

/** Rows of a CSV file by the names in its first line, with their line numbers. */
async function* rowsOf(file: string, required: readonly string[]): AsyncGenerator<{ cells: Cells; line: number }> {
  const text = await textOf(file)
  let head: readonly string[] = []
  const columns = (names: string[]): string[] => {
    head = names
    return names
  }
  const parser = text.pipe(parse({ columns, bom: true, info: true, trim: true, skip_empty_lines: true, max_record_size: LINE_BYTES_MAX }))
  // An error of the text does not reach the end of the pipe by itself.
  text.once('error', (error) => parser.destroy(error))
  let isChecked = false
  const check = (): void => {
    const missing = isChecked ? [] : required.filter((name) => !head.includes(name))
    if (missing.length > 0) found('columns-missing', { file, line: 1 }, missing.join('、'))
    isChecked = true
  }
  try {
    for await (const { record: cells, info } of parser as AsyncIterable<{ record: Cells; info: { lines: number } }>) {
      check()
      yield { cells, line: info.lines }
    }
  } catch (error) {
    const { code, message, lines } = error as { code?: string; message: string; lines?: number }
    if (code?.startsWith('CSV_') === true) found('cells', { file, ...(lines === undefined ? {} : { line: lines }) }, message)
    throw error
  }
  // A file without rows must have its columns all the same.
  check()
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

const DAY = /^(\d{4})[-/.年]?(\d{2})[-/.月]?(\d{2})日?(?:[ T]\d.*)?$/

/** Columns that a bank's file must have. */
export const bankColumns = ({ date, debit, credit, amount = null, payer, memo, serial }: BankMapping): string[] =>
  [date, ...(amount === null ? [debit ?? '', credit ?? ''] : [amount]), payer, ...memo, serial]

/** A line of a bank's file, however the file is made. @throws AppError SV_RECON_FILE */
export function bankRowOf({ cells, line }: { cells: Cells; line: number }, file: string, mapping: BankMapping): BankRow {
  const { date, debit, credit, amount: signed = null, balance, payer, memo, serial } = mapping
  const amount = (column: string | null): number | null => {
    const text = (cells[column ?? ''] ?? '').replace(/[,，¥\s]/g, '')
    if (text === '' || text === '-') return null
    return parseYuan(text) ?? found('value', { file, line, column: column ?? '' }, `${JSON.stringify(cells[column ?? ''])} is no amount in yuan`)
  }
  const day = DAY.exec((cells[date] ?? '').trim())
  if (day === null) return found('value', { file, line, column: date }, `${JSON.stringify(cells[date])} is no day`)
  const [out, into] = signed === null ? [amount(debit) ?? 0, amount(credit) ?? 0] : [0, amount(signed) ?? 0]
  if ((out === 0) === (into === 0)) found('value', { file, line, column: signed ?? credit ?? '' }, 'a line is either a debit or a credit')
  if ((cells[serial] ?? '') === '') found('value', { file, line, column: serial }, 'a line without its serial number')
  return {
    serial: cells[serial] ?? '', date: day.slice(1, 4).join('-'), fen: into - Math.abs(out), balanceFen: amount(balance), payer: cells[payer] ?? '',
    memo: memo.map((name) => cells[name] ?? '').join(' '),
  }
}

/** Lines of a bank's statement as CSV, in UTF-8 or GBK, as they are. @throws AppError SV_RECON_FILE */
export const bankLinesOf = (file: string, mapping: BankMapping): AsyncGenerator<{ cells: Cells; line: number }> => rowsOf(file, bankColumns(mapping))

/** A bank's statement as CSV. @throws AppError SV_RECON_FILE */
export async function* bankRowsOf(file: string, mapping: BankMapping = BANK_MAPPING): AsyncGenerator<BankRow> {
  for await (const row of bankLinesOf(file, mapping)) yield bankRowOf(row, file, mapping)
}
