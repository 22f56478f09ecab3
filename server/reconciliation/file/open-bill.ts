import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { createGunzip } from 'node:zlib'
import { AppError } from '#kernel/app-error.js'
import { createAlipayFundReader } from './alipay-fund-bill.js'
import { createAlipayTradeReader } from './alipay-trade-bill.js'
import type { BillReader, BillRow, BillTotals } from './bill-row.js'
import { type LineBatch, linesOf } from './lines.js'
import type { FundReader, FundRow, FundTotals } from './fund-row.js'
import { createUnionpayReader } from './unionpay-bill.js'
import { createWechatFundReader } from './wechat-fund-bill.js'
import { createWechatTradeReader } from './wechat-trade-bill.js'
import { type Finding, found } from './finding.js'
import { detailOf } from './zip-detail.js'

/** SHA-1 of what flows by, in hex, once all has. */
async function* hashing(pieces: AsyncIterable<Uint8Array>, done: (sha1: string) => void): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha1')
  for await (const piece of pieces) {
    hash.update(piece)
    yield piece
  }
  done(hash.digest('hex'))
}

async function* unzipped(file: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(file)
  const bytes = file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream
  // An error of the file itself does not reach the end of the pipe.
  stream.once('error', (error) => bytes.destroy(error))
  try {
    yield* bytes as AsyncIterable<Uint8Array>
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('Z_') === true) found('zip-damaged', { file: basename(file) }, message)
    throw error
  }
}

export interface WechatBill {
  readonly kind: 'trade' | 'fund'
  readonly sha1: string
  readonly trade: BillTotals | null
  readonly fund: FundTotals | null
}

/**
 * Reads a WeChat Pay bill, plain or gzip, whichever kind its header says; in constant memory.
 * @param take rows as they come, some hundred at a time
 * @throws AppError SV_RECON_FILE; what `take` was given before is void then
 */
export async function readWechatBill(
  path: string, take: { readonly trade: (rows: BillRow[]) => Promise<void> | void; readonly fund: (rows: FundRow[]) => Promise<void> | void },
): Promise<WechatBill> {
  const file = basename(path)
  let sha1 = ''
  let trade: BillReader<BillRow> | undefined
  let fund: FundReader | undefined
  for await (const batch of linesOf(file, hashing(unzipped(path), (hash) => { sha1 = hash }), 'utf-8')) {
    if (trade === undefined && fund === undefined) {
      if (batch.lines[0]?.startsWith('记账时间,') === true) fund = createWechatFundReader(file)
      else trade = createWechatTradeReader(file)
    }
    if (trade !== undefined) await take.trade(rowsOf(file, trade, batch))
    else if (fund !== undefined) await take.fund(rowsOf(file, fund, batch))
  }
  if (trade === undefined && fund === undefined) return found('truncated', { file }, 'an empty file')
  return { kind: trade === undefined ? 'fund' : 'trade', sha1, trade: trade?.end() ?? null, fund: fund?.end() ?? null }
}

interface LineReader<Row> {
  line(text: string, number: number): Row | undefined
}
function readLines<Row>(reader: LineReader<Row>, { from, lines }: LineBatch): Row[] {
  const rows: Row[] = []
  for (const [index, text] of lines.entries()) {
    const row = reader.line(text, from + index)
    if (row !== undefined) rows.push(row)
  }
  return rows
}

/** What a line lacks that ends with the file was cut off: nobody need look for what is wrong in it. */
function rowsOf<Row>(file: string, reader: LineReader<Row>, batch: LineBatch): Row[] {
  if (batch.isOpen !== true) return readLines(reader, batch)
  try {
    return readLines(reader, batch)
  } catch (error) {
    const { code, line, detail } = error instanceof AppError ? (error.details as unknown as Finding) : ({} as Partial<Finding>)
    if (code === 'cells') found('truncated', { file, line: line ?? batch.from }, `the file ends within a line: ${detail}`)
    throw error
  }
}

/** Reads the one detail file of an Alipay bill, a zip or a CSV taken out of one. */
async function readAlipayDetail<Row, Totals>(
  path: string, word: '业务明细' | '账务明细', readerOf: (file: string) => { line(text: string, number: number): Row | undefined; end(): Totals; merchantId(): string },
  take: (rows: Row[]) => Promise<void> | void,
): Promise<Totals & { readonly merchantId: string }> {
  const isZip = path.endsWith('.zip')
  const detail = isZip ? await detailOf(path, word) : { name: basename(path), bytes: createReadStream(path) }
  const file = isZip ? `${basename(path)}/${detail.name}` : detail.name
  const reader = readerOf(file)
  try {
    for await (const batch of linesOf(file, detail.bytes as AsyncIterable<Uint8Array>, 'gbk')) await take(rowsOf(file, reader, batch))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (isZip && (code === undefined || code.startsWith('Z_'))) found('zip-damaged', { file }, message)
    throw error
  }
  return { ...reader.end(), merchantId: reader.merchantId() }
}

/** Reads an Alipay trade bill (业务明细). @throws AppError SV_RECON_FILE */
export const readAlipayBill = (path: string, take: (rows: BillRow[]) => Promise<void> | void): Promise<BillTotals & { readonly merchantId: string }> =>
  readAlipayDetail(path, '业务明细', createAlipayTradeReader, take)

/** Reads an Alipay fund bill (账务明细, signcustomer). @throws AppError SV_RECON_FILE */
export const readAlipayFundBill = (path: string, take: (rows: FundRow[]) => Promise<void> | void): Promise<FundTotals & { readonly merchantId: string }> =>
  readAlipayDetail(path, '账务明细', createAlipayFundReader, take)

/** Reads a UnionPay settlement file. It proves nothing by itself: it has no totals. @throws AppError SV_RECON_FILE */
export async function readUnionpayBill(path: string, settleDate: string, take: (rows: BillRow[]) => Promise<void> | void): Promise<BillTotals> {
  const file = basename(path)
  const reader = createUnionpayReader(file, settleDate)
  for await (const batch of linesOf(file, unzipped(path), 'gbk')) await take(rowsOf(file, reader, batch))
  return reader.end()
}
