import type { Clock } from '#kernel/clock.js'
import { yuan } from './alipay-wire.js'
import type { SandboxKeys } from './sandbox-keys.js'
import type { NewTrade, SandboxTrades } from './sandbox-trades.js'
import { type Trade, type TradeScene, beijing } from './trade-store.js'

export interface AlipayMethodsDeps {
  readonly keys: SandboxKeys
  readonly trades: SandboxTrades
  readonly clock: Clock
  /** A zipped bill, or undefined where there is none of that day. */
  readonly bill: (kind: 'trade' | 'signcustomer', date: string) => Buffer | undefined
  /** Where the payer's page is. */
  readonly payPage: (trade: Trade) => string
}

export type Content = Readonly<Record<string, string>>
type Value = Record<string, unknown>
const SUCCESS = { code: '10000', msg: 'Success' } as const
const business = (subCode: string, subMsg: string): Value => ({ code: '40004', msg: 'Business Failed', sub_code: subCode, sub_msg: subMsg })
const NOT_EXIST = business('ACQ.TRADE_NOT_EXIST', '交易不存在')
const OPEN_REFUSALS: Record<string, Value> = {
  'other-content': business('ACQ.CONTEXT_INCONSISTENT', '交易信息被篡改'), 'paid': business('ACQ.TRADE_HAS_SUCCESS', '交易已被支付'),
  'closed': business('ACQ.TRADE_HAS_CLOSE', '交易已经关闭'),
}
const REFUND_REFUSALS: Record<string, Value> = {
  'other-content': business('ACQ.REFUND_AMT_NOT_EQUAL_TOTAL', '退款金额不一致'), 'not-paid': business('ACQ.TRADE_STATUS_ERROR', '交易状态不合法'),
  'too-much': business('ACQ.REFUND_AMT_NOT_EQUAL_TOTAL', '退款金额超限'), 'no-money': business('ACQ.SELLER_BALANCE_NOT_ENOUGH', '卖家余额不足'),
  'too-soon': business('ACQ.TRADE_STATUS_ERROR', '交易状态不合法'),
}
const BUYER = '138****2201'
const UNAVAILABLE = { code: '20000', msg: 'Service Currently Unavailable', sub_code: 'isp.unknow-error', sub_msg: '账单生成中' }
const FIFTEEN_DAYS_MS = 15 * 86_400_000
const fenOf = (yuanText: string): number => Math.round(Number(yuanText) * 100)

type Methods = Record<string, (content: Content, parameters: Record<string, string>) => Value>

export function alipayMethods(deps: AlipayMethodsDeps) {
  const { trades, clock } = deps

  const open = (scene: TradeScene, content: Content, parameters: Record<string, string>): ReturnType<SandboxTrades['open']> => {
    const { out_trade_no: outTradeNo = '', subject = '', total_amount: total = '', time_expire: expires } = content
    const order: NewTrade = {
      channel: 'alipay', scene, outTradeNo, description: subject, totalFen: fenOf(total), attach: content['passback_params'] ?? '',
      notifyUrl: parameters['notify_url'] ?? '', returnUrl: parameters['return_url'] ?? '',
      expiresAtMs: expires === undefined ? clock.wallMs() + FIFTEEN_DAYS_MS : Date.parse(`${expires.replace(' ', 'T')}+08:00`),
    }
    return trades.open(order)
  }
  /** A precreated trade is none before its code is scanned. */
  const scanned = (outTradeNo = ''): Trade | undefined => {
    const trade = trades.find('alipay', outTradeNo)
    return trade !== undefined && (trade.scene !== 'precreate' || trade.state !== 'waiting') ? trade : undefined
  }

  const methods: Methods = {
    'alipay.trade.precreate': (content, parameters) => {
      const trade = open('precreate', content, parameters)
      return 'refused' in trade ? (OPEN_REFUSALS[trade.refused] ?? NOT_EXIST) : { ...SUCCESS, out_trade_no: trade.outTradeNo, qr_code: deps.payPage(trade) }
    },
    'alipay.trade.query': ({ out_trade_no: outTradeNo }) => {
      const trade = scanned(outTradeNo)
      if (trade === undefined) return NOT_EXIST
      const refundedAll = trade.refunds.reduce((sum, refund) => sum + refund.refundFen, 0) === trade.totalFen
      const status = trade.state === 'paid' ? (refundedAll ? 'TRADE_CLOSED' : 'TRADE_SUCCESS') : trade.state === 'closed' ? 'TRADE_CLOSED' : 'WAIT_BUYER_PAY'
      return {
        ...SUCCESS, trade_no: trade.transactionId ?? `2026${trade.payToken.slice(1)}`, out_trade_no: trade.outTradeNo, trade_status: status,
        total_amount: yuan(trade.totalFen), buyer_logon_id: BUYER,
        ...(trade.paidAtMs === null ? {} : { send_pay_date: beijing(trade.paidAtMs), receipt_amount: yuan(trade.totalFen), buyer_pay_amount: yuan(trade.totalFen) }),
      }
    },
    'alipay.trade.close': ({ out_trade_no: outTradeNo }) => {
      const trade = scanned(outTradeNo)
      if (trade === undefined) return NOT_EXIST
      return trades.close(trade) === 'paid' ? business('ACQ.TRADE_STATUS_ERROR', '交易状态不合法') : { ...SUCCESS, out_trade_no: trade.outTradeNo, trade_no: trade.transactionId ?? '' }
    },
  }
  return { open, methods: { ...methods, ...moneyBackMethods(deps, scanned) } }
}

/** Refunds and bills. */
function moneyBackMethods({ keys, trades, clock, bill }: AlipayMethodsDeps, scanned: (outTradeNo?: string) => Trade | undefined): Methods {
  return {
    'alipay.trade.refund': (content) => {
      const { out_trade_no: outTradeNo, out_request_no: outRefundNo = outTradeNo ?? '', refund_amount: amount = '' } = content
      const trade = scanned(outTradeNo)
      if (trade === undefined) return NOT_EXIST
      const made = trades.refund(trade, { outRefundNo, refundFen: fenOf(amount), reason: content['refund_reason'] ?? '' })
      if ('refused' in made) return REFUND_REFUSALS[made.refused] ?? NOT_EXIST
      const refundedFen = trade.refunds.reduce((sum, refund) => sum + refund.refundFen, 0)
      return {
        ...SUCCESS, buyer_logon_id: BUYER, buyer_user_id: '2088102122524333', fund_change: made.isNew ? 'Y' : 'N',
        gmt_refund_pay: beijing(made.refund.succeededAtMs ?? clock.wallMs()), out_trade_no: trade.outTradeNo, refund_fee: yuan(refundedFen), send_back_fee: '0.00',
        trade_no: trade.transactionId,
      }
    },
    'alipay.trade.fastpay.refund.query': ({ out_trade_no: outTradeNo, out_request_no: no }) => {
      const trade = scanned(outTradeNo)
      const refund = trade?.refunds.find((one) => one.outRefundNo === no)
      if (trade === undefined) return NOT_EXIST
      if (refund === undefined) return { ...SUCCESS }
      return {
        ...SUCCESS, trade_no: trade.transactionId, out_trade_no: trade.outTradeNo, out_request_no: refund.outRefundNo,
        refund_amount: yuan(refund.refundFen), total_amount: yuan(trade.totalFen), refund_status: 'REFUND_SUCCESS', gmt_refund_pay: beijing(refund.succeededAtMs ?? clock.wallMs()),
      }
    },
    'alipay.data.dataservice.bill.downloadurl.query': ({ bill_type: kind, bill_date: date = '' }, { host = '' }) => {
      if ((kind !== 'trade' && kind !== 'signcustomer') || bill(kind, date) === undefined) return business('isp.bill_not_exist', '账单不存在')
      if (trades.firstTime('bill-late', date)) return UNAVAILABLE
      const query = `bizType=${kind === 'trade' ? 'trade' : 'fnd'}&userId=${keys.alipay.sellerId}0156&fileType=csv.zip&bizDates=${date}`
      return { ...SUCCESS, bill_download_url: `${host}/downloadBillFile.resource?${query}` }
    },
  }
}
