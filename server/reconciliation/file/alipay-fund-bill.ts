import { parseYuan } from '../../money/fen.js'
import { cellsOf } from './alipay-cells.js'
import { type Columns, columnsOf } from './columns.js'
import { type FilePlace, found } from './finding.js'
import type { FundReader, FundRow } from './fund-row.js'

/** 12 columns, and the three that newer bills add. */
const KNOWN = new Set(['账务流水号', '业务流水号', '商户订单号', '商品名称', '发生时间', '对方账号', '收入金额（+元）', '支出金额（-元）', '账户余额（元）', '交易渠道', '业务类型', '备注',
  '业务描述', '业务账单来源', '业务基础订单号'])
const REQUIRED = ['账务流水号', '业务流水号', '商户订单号', '商品名称', '发生时间', '收入金额（+元）', '支出金额（-元）', '账户余额（元）', '业务类型'] as const
const ACCOUNT = /^#账号：\[(\d{16})(?:0156)?\]/
const OUT = /^#支出合计：(\d+)笔，共(-?[\d.]+)元/
const INTO = /^#收入合计：(\d+)笔，共(-?[\d.]+)元/

function rowOf(cells: readonly string[], at: Columns, place: FilePlace): FundRow {
  const text = (name: string): string => at.text(cells, name)
  const amount = (name: string): number => Math.abs(at.yuan(cells, name, place))
  const [into, out] = [amount('收入金额（+元）'), amount('支出金额（-元）')]
  if (into > 0 && out > 0) found('value', { ...place, column: '支出金额（-元）' }, 'a line is either a receipt or a payment')
  return {
    line: place.line ?? 0, atMs: at.timeMs(cells, '发生时间', place), businessNo: text('业务流水号'), flowNo: text('账务流水号'), what: text('业务类型'), fen: into - out,
    balanceFen: at.yuan(cells, '账户余额（元）', place), voucher: text('业务类型').startsWith('退') && text('备注') !== '' ? text('备注') : text('商户订单号'),
  }
}

/** Alipay's 账务明细 (signcustomer), decoded from GBK: every line's balance follows from the one before, and the footers from the lines. */
export function createAlipayFundReader(file: string): FundReader & { merchantId(): string } {
  const sums = { inRows: 0, inFen: 0, outRows: 0, outFen: 0 }
  let columns: Columns | undefined
  let nameAt = -1
  let merchantId = ''
  let state: 'head' | 'rows' | 'foot' = 'head'
  let balanceFen: number | null = null
  const proven = new Set<string>()

  const footer = (text: string, place: FilePlace): void => {
    for (const [what, pattern, rows, fen] of [['支出合计', OUT, sums.outRows, sums.outFen], ['收入合计', INTO, sums.inRows, sums.inFen]] as const) {
      const match = pattern.exec(text)
      if (match === null) continue
      // Bills of old print what went out above zero, newer ones below.
      const said = Math.abs(parseYuan(match[2] ?? '') ?? Number.NaN)
      if (Number(match[1]) === rows && said === fen) proven.add(what)
      else found('totals', { ...place, column: what }, `the bill says ${match[1]} and ${match[2]} yuan, its lines are ${rows} and ${fen} fen`)
    }
  }
  const add = (row: FundRow, place: FilePlace): void => {
    if (balanceFen !== null && balanceFen + row.fen !== row.balanceFen) {
      found('balance', { ...place, column: '账户余额（元）' }, `${balanceFen} fen and ${row.fen} are not ${row.balanceFen}`)
    }
    balanceFen = row.balanceFen
    if (row.fen > 0) {
      sums.inRows += 1
      sums.inFen += row.fen
    } else {
      sums.outRows += 1
      sums.outFen -= row.fen
    }
  }

  return {
    merchantId: () => merchantId,
    line(text, number) {
      const place = { file, line: number }
      if (number === 1 && !text.startsWith('#支付宝')) found('not-a-bill', place, 'the first line is not Alipay\'s')
      if (text.startsWith('#')) {
        merchantId = ACCOUNT.exec(text)?.[1] ?? merchantId
        if (text.includes('列表结束')) state = 'foot'
        else if (state === 'foot') footer(text, place)
        return undefined
      }
      if (text.trim() === '') return undefined
      if (state === 'foot') return found('trailing', place, text.slice(0, 80))
      if (columns === undefined) {
        const names = text.split(',')
        columns = columnsOf(names, place, KNOWN, REQUIRED)
        nameAt = names.findIndex((name) => name.trim() === '商品名称')
        state = 'rows'
        return undefined
      }
      const row = rowOf(cellsOf(text, columns, nameAt, place), columns, place)
      add(row, place)
      return row
    },
    end: () => (proven.size === 2 ? { rows: sums.inRows + sums.outRows, inFen: sums.inFen, outFen: sums.outFen, closingFen: balanceFen } : found('truncated', { file },
      'the bill ends before its totals')),
  }
}
