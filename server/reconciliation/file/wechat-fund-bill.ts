import { type Columns, columnsOf } from './columns.js'
import { type FilePlace, found } from './finding.js'
import type { FundReader, FundRow } from './fund-row.js'

const NAMES = ['记账时间', '微信支付业务单号', '资金流水单号', '业务名称', '业务类型', '收支类型', '收支金额(元)', '账户结余(元)', '资金变更提交申请人', '备注', '业务凭证号']
const TOTALS_HEAD = '资金流水总笔数,'
const TOTALS = ['资金流水总笔数', '收入笔数', '收入金额', '支出笔数', '支出金额']
const cellsOf = (line: string): string[] => line.slice(1).split(',`')
/** Old files print counts as `20.0`. */
const countOf = (text: string): number => Number(text.trim().replace(/\.0+$/, ''))

/** WeChat Pay's fund bill: every line's balance follows from the one before, and the totals from the lines. */
export function createWechatFundReader(file: string): FundReader {
  const sums = { rows: 0, inRows: 0, inFen: 0, outRows: 0, outFen: 0 }
  let columns: Columns | undefined
  let state: 'head' | 'rows' | 'totals' | 'ended' = 'head'
  let balanceFen: number | null = null

  const rowOf = (cells: readonly string[], at: Columns, place: FilePlace): FundRow => {
    const text = (name: string): string => at.text(cells, name)
    const direction = text('收支类型')
    if (direction !== '收入' && direction !== '支出') found('value', { ...place, column: '收支类型' }, JSON.stringify(direction))
    const amount = at.yuan(cells, '收支金额(元)', place)
    const row: FundRow = {
      line: place.line ?? 0, atMs: at.timeMs(cells, '记账时间', place), businessNo: text('微信支付业务单号'), flowNo: text('资金流水单号'), what: text('业务类型'),
      fen: direction === '收入' ? amount : -amount, balanceFen: at.yuan(cells, '账户结余(元)', place), voucher: text('业务凭证号'),
    }
    if (balanceFen !== null && balanceFen + row.fen !== row.balanceFen) {
      found('balance', { ...place, column: '账户结余(元)' }, `${balanceFen} fen and ${row.fen} are not ${row.balanceFen}`)
    }
    return row
  }
  const add = (row: FundRow): void => {
    balanceFen = row.balanceFen
    sums.rows += 1
    if (row.fen >= 0) {
      sums.inRows += 1
      sums.inFen += row.fen
    } else {
      sums.outRows += 1
      sums.outFen -= row.fen
    }
  }
  const checkTotals = (text: string, place: FilePlace): void => {
    const cells = cellsOf(text)
    const at = columnsOf(TOTALS, place, new Set(TOTALS), TOTALS)
    const said = [countOf(cells[0] ?? ''), countOf(cells[1] ?? ''), at.yuan(cells, '收入金额', place), countOf(cells[3] ?? ''), at.yuan(cells, '支出金额', place)]
    const own = [sums.rows, sums.inRows, sums.inFen, sums.outRows, sums.outFen]
    const wrong = own.findIndex((value, index) => value !== said[index])
    if (wrong >= 0) found('totals', { ...place, column: TOTALS[wrong] as string }, `the bill says ${String(said[wrong])}, its lines are ${String(own[wrong])}`)
  }

  return {
    line(text, number) {
      const place = { file, line: number }
      if (columns === undefined) {
        columns = columnsOf(text.split(','), place, new Set(NAMES), NAMES)
        state = 'rows'
        return undefined
      }
      if (state === 'ended') return text.trim() === '' ? undefined : found('trailing', place, text.slice(0, 80))
      if (state === 'totals') {
        checkTotals(text, place)
        state = 'ended'
        return undefined
      }
      if (text.startsWith(TOTALS_HEAD)) {
        state = 'totals'
        return undefined
      }
      const cells = cellsOf(text)
      if (!text.startsWith('`') || cells.length !== columns.width) return found('cells', place, `${cells.length} cells, ${columns.width} columns`)
      const row = rowOf(cells, columns, place)
      add(row)
      return row
    },
    end: () => (state === 'ended' ? { rows: sums.rows, inFen: sums.inFen, outFen: sums.outFen, closingFen: balanceFen } : found('truncated', { file },
      'the bill ends before its totals')),
  }
}
