import iconv from 'iconv-lite'
import { yuan } from './alipay-wire.js'
import { type BillEntry, totalsOf } from './bill-day.js'
import { beijing } from './trade-store.js'
import { CHARGEBACK_FEN, type FundExtras } from './wechat-bills.js'
import { zipOf } from './zip-file.js'

const TRADE_25 = [
  '支付宝交易号', '商户订单号', '业务类型', '商品名称', '创建时间', '完成时间', '门店编号', '门店名称',
  '操作员', '终端号', '对方账户', '订单金额（元）', '商家实收（元）', '支付宝红包（元）', '集分宝（元）', '支付宝优惠（元）',
  '商家优惠（元）', '券核销金额（元）', '券名称', '商家红包消费金额（元）', '卡消费金额（元）', '退款批次号/请求号', '服务费（元）', '分润（元）',
  '备注',
].join(',')
const SUMMARY = '门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）'
const ACCOUNT_12 = '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注'
const PAYER = '*建国(138****2201)\t'
const rule = (text: string): string => `#${'-'.repeat(41)}${text}${'-'.repeat(40)}`

function head(title: string, sellerId: string, date: string): string[] {
  const [year, month, day] = date.split('-')
  const next = beijing(Date.parse(`${date}T00:00:00+08:00`) + 86_400_000)
  const span = `#起始日期：[${year}年${month}月${day}日 00:00:00]   终止日期：[${next.slice(0, 4)}年${next.slice(5, 7)}月${next.slice(8, 10)}日 00:00:00]`
  return [`#支付宝${title}查询`, `#账号：[${sellerId}0156]`, span]
}
const exported = (date: string): string => `#导出时间：[${date.slice(0, 4)}年${date.slice(5, 7)}月${date.slice(8, 10)}日 05:46:49]`
const gbk = (lines: readonly string[]): Buffer => iconv.encode(`${lines.join('\r\n')}\r\n`, 'gbk')

function zipped(sellerId: string, date: string, what: string, files: ReadonlyArray<{ suffix: string; content: Buffer }>): Buffer {
  return zipOf(files.map(({ suffix, content }) => ({ name: iconv.encode(`${sellerId}0156_${date.replaceAll('-', '')}_${what}${suffix}.csv`, 'gbk'), content })))
}

/** What is wrong with a zip as a whole. */
export type ZipFault = 'slip' | 'bomb' | null
const BOMB_BYTES = 4_194_304

/** 业务明细 with its summary, the summary first, as a zip. */
export function alipayTradeBill(entries: readonly BillEntry[], sellerId: string, date: string, cut: boolean, wrong: ZipFault = null): Buffer {
  const { paidFen, refundFen, feeFen } = totalsOf(entries)
  const refunds = entries.filter((entry) => entry.refund !== null).length
  const rows = entries.map(({ trade, refund, atMs, fen, feeFen: charged }) => {
    const amount = yuan(refund === null ? fen : -fen)
    return [
      `${trade.transactionId ?? ''}\t`, `${trade.outTradeNo}\t`, `${refund === null ? '交易' : '退款'}\t`, trade.description, beijing(trade.createdAtMs), beijing(atMs),
      '\t', '\t', '\t', '\t', PAYER, amount, amount,
      '0.00', '0.00', '0.00', '0.00', '0.00', '', '0.00\t', '0.00', `${refund?.outRefundNo ?? ''}\t`, yuan(refund === null ? -charged : charged), '0.00', '',
    ].join(',')
  })
  const detail = [
    ...head('业务明细', sellerId, date), rule('业务明细列表'), TRADE_25, ...rows, rule('业务明细列表结束'),
    `#交易合计：${entries.length - refunds}笔，商家实收共${yuan(paidFen)}元，商家优惠共0.00元`, `#退款合计：${refunds}笔，商家实收退款共${yuan(-refundFen)}元，商家优惠退款共0.00元`, exported(date),
  ]
  const net = paidFen - refundFen
  const summary = [
    ...head('业务汇总', sellerId, date), rule('业务汇总列表'), SUMMARY,
    `合计\t,\t,${entries.length - refunds},${refunds},${yuan(net)},${yuan(net)},0.00,0.00,0.00,${yuan(-feeFen)},0.00,${yuan(net - feeFen)}`, rule('业务汇总列表结束'), exported(date),
  ]
  const content = gbk(detail)
  const first = wrong === 'bomb' ? { suffix: '(汇总)', content: Buffer.alloc(BOMB_BYTES) } : { suffix: wrong === 'slip' ? '(汇总)/../../a' : '(汇总)', content: gbk(summary) }
  return zipped(sellerId, date, '业务明细', [first, { suffix: '', content: cut ? content.subarray(0, Math.floor(content.length * 0.6)) : content }])
}

/** 账务明细: what moved on the account, with the balance after each, as a zip. */
export function alipayAccountBill(
  entries: readonly BillEntry[], sellerId: string, date: string, openingFen: number, { chargeback = false, withdrawnFen = 0 }: FundExtras = {},
): Buffer {
  let balance = openingFen
  const income = { count: 0, fen: 0 }
  const expense = { count: 0, fen: 0 }
  const rows: string[] = []
  const move = ({ trade, refund, atMs }: BillEntry, fen: number, name: string, kind: string, remark: string): void => {
    balance += fen
    const side = fen > 0 ? income : expense
    side.count += 1
    side.fen += fen
    rows.push([
      `5464${date.replaceAll('-', '')}1${String(rows.length).padStart(3, '0')}\t`, `${trade.transactionId ?? ''}\t`, `${trade.outTradeNo}\t`, `${name}\t`, beijing(atMs), PAYER,
      fen > 0 ? yuan(fen) : '0.00', fen > 0 ? '0.00' : yuan(fen), yuan(balance), '支付宝', kind, refund?.outRefundNo ?? remark,
    ].join(','))
  }
  /** A line of its own, that no trade belongs to. */
  const other = (of: BillEntry, fen: number, letters: string, name: string): void => {
    const { trade } = of
    move({ ...of, refund: null, trade: { ...trade, outTradeNo: `${letters}${trade.outTradeNo}`, transactionId: `9${trade.transactionId?.slice(1) ?? ''}` } }, -fen, name, name, '')
  }
  const [first, last] = [entries[0], entries.at(-1)]
  if (withdrawnFen > 0 && first !== undefined) other(first, withdrawnFen, 'TX', '提现')
  for (const entry of entries) {
    const isPayment = entry.refund === null
    move(entry, isPayment ? entry.fen : -entry.fen, entry.trade.description, isPayment ? '在线支付' : '退款', '')
    if (entry.feeFen > 0) move(entry, isPayment ? -entry.feeFen : entry.feeFen, isPayment ? '服务费' : '退服务费', isPayment ? '收费' : '退费', `服务费[${entry.trade.transactionId ?? ''}]`)
  }
  if (chargeback && last !== undefined) other(last, CHARGEBACK_FEN, 'CB', '交易扣回')
  return zipped(sellerId, date, '账务明细', [{ suffix: '', content: gbk([
    ...head('账务明细', sellerId, date), rule('账务明细列表'), ACCOUNT_12, ...rows, rule('账务明细列表结束'),
    `#支出合计：${expense.count}笔，共${yuan(expense.fen)}元`, `#收入合计：${income.count}笔，共${yuan(income.fen)}元`, exported(date),
  ]) }])
}
