import { parseYuan } from '../../money/fen.js'
import { cellsOf } from './alipay-cells.js'
import { type BillReader, type BillRow, count, emptyRunning, totalsOf } from './bill-row.js'
import { type Columns, columnsOf } from './columns.js'
import { type FilePlace, found } from './finding.js'

/** 25 columns, and the 27 to 29 of bills that went through a bank. */
const KNOWN = new Set([
  '支付宝交易号', '商户订单号', '业务类型', '商品名称', '创建时间', '完成时间', '门店编号', '门店名称', '操作员', '终端号', '对方账户', '订单金额（元）', '商家实收（元）', '支付宝红包（元）', '集分宝（元）',
  '支付宝优惠（元）', '商家优惠（元）', '券核销金额（元）', '券名称', '商家红包消费金额（元）', '卡消费金额（元）', '退款批次号/请求号', '服务费（元）', '分润（元）', '备注', '实收净额（元）', '商户识别号', '交易方式',
  '花呗分期手续费', '花呗分期数',
])
const REQUIRED = ['支付宝交易号', '商户订单号', '业务类型', '商品名称', '创建时间', '完成时间', '商家实收（元）', '退款批次号/请求号', '服务费（元）'] as const
const ACCOUNT = /^#账号：\[(\d{16})(?:0156)?\]/
const PAID = /^#交易合计：(\d+)笔，商家实收共(-?[\d.]+)元/
const BACK = /^#退款合计：(\d+)笔，商家实收退款共(-?[\d.]+)元/

function rowOf(cells: readonly string[], columns: Columns, merchantId: string, place: FilePlace): BillRow {
  const text = (name: string): string => columns.text(cells, name)
  const what = text('业务类型')
  if (what !== '交易' && what !== '退款') found('value', { ...place, column: '业务类型' }, JSON.stringify(what))
  const isRefund = what === '退款'
  const received = columns.yuan(cells, '商家实收（元）', place)
  if (isRefund ? received > 0 : received < 0) found('value', { ...place, column: '商家实收（元）' }, `${received} fen for ${what}`)
  if (text('商户订单号') === '' || text('支付宝交易号') === '') found('value', { ...place, column: '商户订单号' }, 'a row without its numbers')
  const charged = Math.abs(columns.yuan(cells, '服务费（元）', place))
  return {
    line: place.line ?? 0, channel: 'alipay', merchantId, kind: isRefund ? 'refund' : 'payment', outTradeNo: text('商户订单号'), transactionId: text('支付宝交易号'),
    refundNo: isRefund ? text('退款批次号/请求号') : null, refundId: isRefund ? text('退款批次号/请求号') : null, atMs: columns.timeMs(cells, '完成时间', place),
    fen: Math.abs(received), feeFen: isRefund ? 0 - charged : charged, ratePpm: null, state: 'succeeded', description: text('商品名称'),
  }
}

/** Alipay's 业务明细, decoded from GBK: refunds negative, cells with tabs, footers in full-width punctuation. */
export function createAlipayTradeReader(file: string): BillReader<BillRow> & { merchantId(): string } {
  const running = emptyRunning()
  let columns: Columns | undefined
  let nameAt = -1
  let merchantId = ''
  let state: 'head' | 'rows' | 'foot' = 'head'
  const proven = new Set<string>()

  const footer = (text: string, place: FilePlace): void => {
    for (const [what, pattern, rows, fen] of [['交易合计', PAID, running.payments, running.grossFen], ['退款合计', BACK, running.refunds, -running.refundFen]] as const) {
      const match = pattern.exec(text)
      if (match === null) continue
      if (Number(match[1]) !== rows || parseYuan(match[2] ?? '') !== (fen === 0 ? 0 : fen)) {
        found('totals', { ...place, column: what }, `the bill says ${match[1]} and ${match[2]} yuan, its lines are ${rows} and ${fen} fen`)
      }
      proven.add(what)
    }
  }
  const comment = (text: string, place: FilePlace): void => {
    merchantId = ACCOUNT.exec(text)?.[1] ?? merchantId
    if (text.includes('列表结束')) state = 'foot'
    else if (state === 'foot') footer(text, place)
  }

  return {
    merchantId: () => merchantId,
    line(text, number) {
      const place = { file, line: number }
      if (number === 1 && !text.startsWith('#支付宝')) found('not-a-bill', place, 'the first line is not Alipay\'s')
      if (text.startsWith('#')) return void comment(text, place)
      if (text.trim() === '') return undefined
      if (state === 'foot') return found('trailing', place, text.slice(0, 80))
      if (columns === undefined) {
        const names = text.split(',')
        columns = columnsOf(names, place, KNOWN, REQUIRED)
        nameAt = names.findIndex((name) => name.trim() === '商品名称')
        state = 'rows'
        return undefined
      }
      const row = rowOf(cellsOf(text, columns, nameAt, place), columns, merchantId, place)
      count(running, row)
      return row
    },
    end: () => (proven.size === 2 ? totalsOf(running) : found('truncated', { file }, 'the bill ends before its totals')),
  }
}
