import { type BillReader, type BillRow, type Running, count, emptyRunning, totalsOf } from './bill-row.js'
import { type Columns, columnsOf, rateOf } from './columns.js'
import { type FilePlace, found } from './finding.js'

/** Columns of ALL (27), SUCCESS (20), REFUND (29) and the legacy ALL (24), by name. */
const KNOWN = new Set([
  '交易时间', '公众账号ID', '商户号', '特约商户号', '子商户号', '设备号', '微信订单号', '商户订单号', '用户标识', '交易类型', '交易状态', '付款银行', '货币种类',
  '应结订单金额', '总金额', '代金券金额', '代金券或立减优惠金额', '退款申请时间', '退款成功时间', '微信退款单号', '商户退款单号', '退款金额', '充值券退款金额',
  '代金券或立减优惠退款金额', '退款类型', '退款状态', '商品名称', '商户数据包', '手续费', '费率', '订单金额', '申请退款金额', '费率备注',
])
const REQUIRED = ['交易时间', '商户号', '微信订单号', '商户订单号', '交易状态', ['应结订单金额', '总金额'], '手续费', '费率'] as const
const TOTALS_HEAD = '总交易单数,'
const STATES = new Map<string, BillRow['state']>([['SUCCESS', 'succeeded'], ['PROCESSING', 'processing'], ['FAIL', 'failed'], ['CHANGE', 'failed']])

/** Splits a data line: every cell begins with a backtick, and a comma may stand inside of one. */
const cellsOf = (line: string): string[] => line.slice(1).split(',`')

type RateReader = (cell: string, place: FilePlace) => number | null
/** The rate stands in every row and is nearly always that of the row before. */
function ratesInTurn(): RateReader {
  let last: { cell: string; ppm: number | null } | undefined
  return (cell, place) => {
    if (last?.cell !== cell) last = { cell, ppm: rateOf(cell, { ...place, column: '费率' }) }
    return last.ppm
  }
}

function rowOf(cells: readonly string[], columns: Columns, rate: RateReader, place: FilePlace): BillRow {
  const text = (name: string): string => columns.text(cells, name)
  const status = text('交易状态')
  if (status !== 'SUCCESS' && status !== 'REFUND' && status !== 'REVOKED') found('value', { ...place, column: '交易状态' }, JSON.stringify(status))
  if (text('商户订单号') === '' || text('微信订单号') === '') found('value', { ...place, column: '商户订单号' }, 'a row without its numbers')
  const isRefund = status === 'REFUND'
  const state = isRefund ? STATES.get(text('退款状态')) : status === 'REVOKED' ? 'revoked' : 'succeeded'
  const refundTime = isRefund && columns.has('退款申请时间') ? '退款申请时间' : '交易时间'
  return {
    line: place.line ?? 0, channel: 'wechat', merchantId: text('商户号'), kind: isRefund ? 'refund' : 'payment',
    outTradeNo: text('商户订单号'), transactionId: text('微信订单号'), refundNo: isRefund ? text('商户退款单号') : null, refundId: isRefund ? text('微信退款单号') : null,
    atMs: columns.timeMs(cells, refundTime, place), fen: columns.yuan(cells, isRefund ? '退款金额' : columns.has('应结订单金额') ? '应结订单金额' : '总金额', place),
    feeFen: columns.yuan(cells, '手续费', place), ratePpm: rate(text('费率'), place),
    state: state ?? found('value', { ...place, column: '退款状态' }, JSON.stringify(text('退款状态'))), description: text('商品名称'),
  }
}

/** What the totals' header names, and what it must be equal to. */
const TOTALS: ReadonlyArray<readonly [names: readonly string[], of: (running: Running) => number]> = [
  [['应结订单总金额', '总交易额'], (running) => running.grossFen], [['退款总金额', '总退款金额'], (running) => running.refundFen],
  [['手续费总金额'], (running) => running.feeFen],
]

function checkTotals(head: string, line: string, running: Running, place: FilePlace): void {
  const names = head.split(',')
  const cells = cellsOf(line)
  const cell = (wanted: readonly string[]): [name: string, text: string] | undefined => {
    const at = names.findIndex((name) => wanted.includes(name.trim()))
    return at < 0 ? undefined : [names[at] as string, cells[at] ?? '']
  }
  if (cells.length !== names.length) found('cells', place, `${cells.length} totals, ${names.length} names`)
  // An old sample prints counts as "20.0".
  const rows = (cell(['总交易单数'])?.[1] ?? '').replace(/\.0+$/, '')
  if (rows !== String(running.rows)) found('totals', { ...place, column: '总交易单数' }, `the bill says ${rows}, its lines are ${running.rows}`)
  const columns = columnsOf(names, place, new Set(names.map((name) => name.trim())), [])
  for (const [wanted, of] of TOTALS) {
    const [name] = cell(wanted) ?? []
    if (name === undefined) continue
    const said = columns.yuan(cells, name.trim(), place)
    if (said !== of(running)) found('totals', { ...place, column: name }, `the bill says ${said} fen, its lines are ${of(running)}`)
  }
}

/** WeChat Pay's trade bill in all its shapes: mapped by header, proven by its totals. */
export function createWechatTradeReader(file: string): BillReader<BillRow> {
  const running = emptyRunning()
  const rate = ratesInTurn()
  let columns: Columns | undefined
  let totalsHead: string | undefined
  let ended = false
  return {
    line(text, number) {
      const place = { file, line: number }
      if (columns === undefined) {
        columns = columnsOf(text.split(','), place, KNOWN, REQUIRED)
        return undefined
      }
      if (ended) return text.trim() === '' ? undefined : found('trailing', place, text.slice(0, 80))
      if (totalsHead !== undefined) {
        checkTotals(totalsHead, text, running, place)
        ended = true
        return undefined
      }
      if (text.startsWith(TOTALS_HEAD)) {
        totalsHead = text
        return undefined
      }
      if (!text.startsWith('`')) return found('cells', place, 'a line that begins with no backtick')
      const cells = cellsOf(text)
      if (cells.length !== columns.width) return found('cells', place, `${cells.length} cells, ${columns.width} columns`)
      const row = rowOf(cells, columns, rate, place)
      count(running, row)
      return row
    },
    end: () => (ended ? totalsOf(running) : found('truncated', { file }, 'the bill ends before its totals')),
  }
}
