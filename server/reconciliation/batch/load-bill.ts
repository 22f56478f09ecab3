import { endOfDayMs, startOfDayMs } from '../../household/civil-date-rules.js'
import type { BulkConnection } from '../../db/bulk-connection.js'
import { dueFeeFen } from '../match.js'
import type { BillRow, BillTotals } from '../file/bill-row.js'
import { type FilePlace, found } from '../file/finding.js'
import { readAlipayBill, readAlipayFundBill, readUnionpayBill, readWechatBill } from '../file/open-bill.js'
import { type ChargedRow, type FundRow, type FundTotals, withCharges } from '../file/fund-row.js'
import { type BillPage, deleteRows, fundPage, insertPage, tradePage } from './bill-row-repository.js'

/** A file that is to become the rows of a batch. */
export interface BillFileJob {
  readonly batchNo: number
  readonly channel: 'wechat' | 'alipay' | 'unionpay'
  readonly merchantId: string
  /** YYYY-MM-DD */
  readonly billDate: string
  readonly kind: 'trade' | 'fund'
  readonly path: string
  /** What the channel says that the unzipped file's SHA-1 is; null where it says none. */
  readonly sha1: string | null
  /** Agreed rate; null: as the bill says. */
  readonly feePpm: number | null
}

export interface LoadedBill {
  readonly trade: BillTotals | null
  readonly fund: FundTotals | null
}

/** Rows of one page, which is one transaction: a few milliseconds in which others wait. */
const ROWS_PER_PAGE = 1_000
const HOUR_MS = 3_600_000

/** Takes pages of a bill one after the other. */
export type TakePage = (page: BillPage) => Promise<void> | void

/** Gathers rows and hands them on some at a time. */
function pager<Row>(pageOf: (rows: readonly Row[]) => BillPage, take: TakePage): { add(rows: readonly Row[]): Promise<void>; end(): Promise<void> } {
  let waiting: Row[] = []
  const flush = async (): Promise<void> => {
    const rows = waiting
    waiting = []
    if (rows.length > 0) await take(pageOf(rows))
  }
  return {
    async add(rows) {
      waiting.push(...rows)
      if (waiting.length >= ROWS_PER_PAGE) await flush()
    },
    end: flush,
  }
}

/** Every row must be of the batch's merchant and day. */
function checkerOf({ path, channel, merchantId, billDate }: BillFileJob): (row: { line: number; atMs: number; merchantId?: string }) => void {
  // UnionPay's day ends at 23:00.
  const [fromMs, untilMs] = [channel === 'unionpay' ? startOfDayMs(billDate) - HOUR_MS : startOfDayMs(billDate), endOfDayMs(billDate)]
  const file = path.split('/').at(-1) ?? path
  return ({ line, atMs, merchantId: ofRow = merchantId }) => {
    const place: FilePlace = { file, line }
    if (ofRow !== merchantId) found('merchant', place, `${ofRow}, not ${merchantId}`)
    if (atMs < fromMs || atMs >= untilMs) found('date', place, `not of ${billDate}`)
  }
}

async function readFile(job: BillFileJob, take: { trade(rows: BillRow[]): Promise<void>; fund(rows: FundRow[]): Promise<void> }): Promise<LoadedBill & { sha1: string | null }> {
  const { channel, kind, path } = job
  if (channel === 'wechat') return readWechatBill(path, take)
  if (channel === 'unionpay') return { trade: await readUnionpayBill(path, job.billDate, take.trade), fund: null, sha1: null }
  if (kind === 'fund') {
    const fund = await readAlipayFundBill(path, take.fund)
    if (fund.merchantId !== job.merchantId) found('merchant', { file: path.split('/').at(-1) ?? path }, `${fund.merchantId}, not ${job.merchantId}`)
    return { trade: null, fund, sha1: null }
  }
  return { trade: await readAlipayBill(path, take.trade), fund: null, sha1: null }
}

/**
 * Reads a bill page by page, in constant memory. What was taken is void where it throws.
 * @throws AppError SV_RECON_FILE with the finding
 */
export async function readBill(job: BillFileJob, take: TakePage): Promise<LoadedBill> {
  const { feePpm, kind, path } = job
  const check = checkerOf(job)
  const trade = pager<BillRow>((rows) => tradePage(rows, (row) => dueFeeFen(row, feePpm)), take)
  const fund = pager<ChargedRow>(fundPage, take)
  const { trade: totals, fund: fundTotals, sha1 } = await readFile(job, {
    trade(rows) {
      for (const row of rows) check(row)
      return trade.add(rows)
    },
    fund(rows) {
      for (const row of rows) check({ line: row.line, atMs: row.atMs })
      return fund.add(withCharges(rows))
    },
  })
  const file = path.split('/').at(-1) ?? path
  if (kind === 'trade' ? totals === null : fundTotals === null) found('not-a-bill', { file }, `no ${kind} bill`)
  if (job.sha1 !== null && sha1 !== null && sha1 !== job.sha1.toLowerCase()) found('hash', { file }, `${sha1}, not ${job.sha1}`)
  await trade.end()
  await fund.end()
  return { trade: totals, fund: fundTotals }
}

/**
 * Reads a bill into the rows of its batch. Rows are of no meaning before the batch itself says that it is parsed; where the file is wrong
 * none of them is left.
 * @param read `readBill`, or the same in another thread
 * @throws AppError SV_RECON_FILE with the finding
 */
export async function loadBill(db: BulkConnection, job: BillFileJob, read: typeof readBill = readBill): Promise<LoadedBill> {
  deleteRows(db, job.batchNo)
  try {
    return await read(job, (page) => insertPage(db, job.batchNo, page))
  } catch (error) {
    deleteRows(db, job.batchNo)
    throw error
  }
}
