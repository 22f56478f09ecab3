import { type BillEntry, totalsOf } from './bill-day.js'
import type { SandboxKeys } from './sandbox-keys.js'
import { beijing } from './trade-store.js'
import { yuan } from './alipay-wire.js'

const ALL_27 = '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const TOTALS_27 = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'
const LEGACY_24 = '交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率'
const TOTALS_24 = '总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额'
const FUND_11 = '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号'
const FUND_TOTALS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'
const TRADE_TYPES = { native: 'NATIVE', jsapi: 'JSAPI', h5: 'MWEB', precreate: '', wap: '', page: '' } as const
const REFUND_STATES = { processing: 'PROCESSING', succeeded: 'SUCCESS', abnormal: 'FAIL' } as const

/** Every data cell begins with a backtick, so that a spreadsheet keeps it as text. */
const line = (cells: readonly string[]): string => cells.map((cell) => `\`${cell}`).join(',')
const fee = (fen: number): string => (fen / 100).toFixed(5)

export interface BillShape {
  readonly legacy: boolean
  readonly mark: boolean
  /** Ends in the middle of a line. */
  readonly cut: boolean
}

function cellsOf({ trade, refund, atMs, fen, feeFen }: BillEntry, keys: SandboxKeys['wechat'], legacy: boolean): string[] {
  const paid = refund === null ? yuan(fen) : '0.00'
  const back = refund === null ? '0.00' : yuan(fen)
  const common = [
    beijing(atMs), keys.appid, keys.mchid, '0', '', trade.transactionId ?? '', trade.outTradeNo, 'oUpF8uMuAJO_M2pxb1Q9zNjW0001', TRADE_TYPES[trade.scene],
    refund === null ? 'SUCCESS' : 'REFUND', 'OTHERS', 'CNY',
    paid, '0.00', refund?.refundId ?? '0', refund?.outRefundNo ?? '0', back, '0.00', refund === null ? '' : 'ORIGINAL',
    refund === null ? '' : REFUND_STATES[refund.state], trade.description, trade.attach,
    fee(refund === null ? feeFen : -feeFen), '0.60%',
  ]
  return legacy ? common : [...common, paid, back, '']
}

/** ALL bill of a day: newest first, totals at the end. */
export function wechatTradeBill(entries: readonly BillEntry[], keys: SandboxKeys['wechat'], shape: BillShape): Buffer {
  const { count, paidFen, refundFen, feeFen } = totalsOf(entries)
  const totals = [String(count), yuan(paidFen), yuan(refundFen), '0.00', fee(feeFen)]
  const lines = [
    shape.legacy ? LEGACY_24 : ALL_27, ...[...entries].reverse().map((entry) => line(cellsOf(entry, keys, shape.legacy))),
    shape.legacy ? TOTALS_24 : TOTALS_27, line(shape.legacy ? totals : [...totals, yuan(paidFen), yuan(refundFen)]),
  ]
  const text = `${shape.mark ? '\uFEFF' : ''}${lines.join('\r\n')}\r\n`
  return Buffer.from(shape.cut ? text.slice(0, Math.floor(text.length * 0.6)) : text)
}

export const CHARGEBACK_FEN = 300

/** What stands in a fund bill beside the movements of trades. */
export interface FundExtras {
  /** Taken back for nothing that anybody knows of. */
  readonly chargeback?: boolean
  /** Gone to the bank: what the day before came to. */
  readonly withdrawnFen?: number
}

/** Fund bill: what moved on the merchant's balance, with the balance after each. */
export function wechatFundBill(
  entries: readonly BillEntry[], keys: SandboxKeys['wechat'], openingFen: number, mark: boolean, { chargeback = false, withdrawnFen = 0 }: FundExtras = {},
): Buffer {
  let balance = openingFen
  const income = { count: 0, fen: 0 }
  const expense = { count: 0, fen: 0 }
  const rows: string[] = []
  const move = (entry: BillEntry, what: string, fen: number, isIncome: boolean, remark: string): void => {
    balance += isIncome ? fen : -fen
    const side = isIncome ? income : expense
    side.count += 1
    side.fen += fen
    const { trade, refund } = entry
    const serial = `${keys.mchid}${beijing(entry.atMs).slice(0, 10).replaceAll('-', '')}1${String(rows.length).padStart(8, '0')}`
    rows.push(line([
      beijing(entry.atMs), refund?.refundId ?? trade.transactionId ?? '', serial, what, what, isIncome ? '收入' : '支出', yuan(fen), yuan(balance),
      refund === null ? 'system' : 'API', remark,
      refund?.outRefundNo ?? trade.outTradeNo,
    ]))
  }
  const [first] = entries
  if (withdrawnFen > 0 && first !== undefined) {
    const trade = { ...first.trade, outTradeNo: `TX${first.trade.outTradeNo}`, transactionId: `1${first.trade.transactionId?.slice(1) ?? ''}` }
    move({ ...first, refund: null, trade }, '提现', withdrawnFen, false, '结算款')
  }
  for (const entry of entries) {
    if (entry.refund === null) {
      move(entry, '交易', entry.fen, true, '')
      if (entry.feeFen > 0) move(entry, '扣除交易手续费', entry.feeFen, false, `结算总金额:${yuan(entry.fen)}元;手续费:${yuan(entry.feeFen)}元`)
    } else move(entry, '退款', entry.fen - entry.feeFen, false, `退款总金额${yuan(entry.fen)}元;含手续费${yuan(entry.feeFen)}元`)
  }
  const [last] = entries.slice(-1)
  if (chargeback && last !== undefined) {
    const unknown = { ...last, refund: null, trade: { ...last.trade, outTradeNo: `CB${last.trade.outTradeNo}`, transactionId: `9${last.trade.transactionId?.slice(1) ?? ''}` } }
    move(unknown, '交易扣回', CHARGEBACK_FEN, false, '持卡人否认交易')
  }
  const totals = line([String(rows.length), String(income.count), yuan(income.fen), String(expense.count), yuan(expense.fen)])
  return Buffer.from(`${mark ? '\uFEFF' : ''}${[FUND_11, ...rows, FUND_TOTALS, totals].join('\r\n')}\r\n`)
}
