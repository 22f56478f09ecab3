import { type Result, err, ok } from '#kernel/result.js'
import type { ChannelName, PayChannel, RefundState } from '../../payment/channel/channel-port.js'
import type { BatchService } from '../batch/batch-service.js'
import type { HeldDifferences } from '../bank/held-differences.js'
import type { BillFetch } from '../batch/bill-fetch.js'
import { yuanText } from '../../money/fen.js'
import { REFUND_WORDS } from './ask-channels.js'
import { isHeld } from './case-actions.js'
import type { CaseRecord } from './case-repository.js'
import type { CarryOut } from './case-service.js'
import type { SecurityAlarm } from './security-alarm.js'

/** A payment as the channel itself told of it when it was asked. */
export interface ToldPayment {
  readonly channel: ChannelName
  readonly merchantId: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly fen: number
  readonly paidAtMs: number
}

export interface CarryOutDeps {
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly batches: BatchService
  readonly fetch: BillFetch
  readonly held: Pick<HeldDifferences, 'settle'>
  /** A payment was taken back that the channel never had. */
  readonly alarm: SecurityAlarm
  readonly payments: {
    /** Takes it into bills and books, or into suspense; says in a word which. */
    takePayment(payment: ToldPayment): Promise<string>
    /** Takes a payment back that never was; says in a word what came of it. */
    reversePayment(by: string | null, outTradeNo: string): Promise<string>
    proposeRefund(by: string, wish: { outTradeNo: string; refundFen: number; reason: string }): Promise<{ outRefundNo: string }>
    /** The channel told how a refund of ours stands. */
    refundTold(outRefundNo: string, state: RefundState): Promise<void>
  }
}

const VERDICTS: Readonly<Record<string, string>> = {
  'paid': '已入账', 'late': '已挂账（关单后支付）', 'double-payment': '已挂账（重复支付）', 'quarantined': '已挂账（金额不符）', 'second-payment': '已挂账（同单重复）', 'unknown-order': '已挂账（无此订单）',
  'exists': '此前已入账',
}

const NOT_CONNECTED = '这个商户的渠道没有接入，无法查询'
const REVERSALS: Readonly<Record<string, string>> = { 'not-paid': '订单不是已支付，或已有退款，请人工处理', 'prepayment-used': '多缴部分已转预存并被使用，请人工处理' }

/** What is carried out where people agreed. A bill proves no payment: the channel is asked, and its answer is what counts. */
export function createCarryOut({ channels, batches, fetch, held, alarm, payments }: CarryOutDeps): CarryOut {
  const rematch = async ({ batchNo }: CaseRecord): Promise<void> => {
    const batch = batchNo === null ? null : await batches.find(batchNo)
    if (batch !== null && batch.kind === 'trade' && batch.state === 'matched') await batches.rematch(null, batch.batchNo)
  }
  /** Only what the channel itself says was not paid is taken back; corrections of other classes are people's. */
  const correct = async (one: CaseRecord): Promise<Result<string, string>> => {
    if (one.classCode !== 'LOCAL_ONLY') return ok('由财务冲正')
    const channel = channels.get(one.channel as ChannelName)
    if (one.orderNo === null || channel === undefined || channel.merchantId !== one.merchantId) return err(NOT_CONNECTED)
    const answer = await channel.queryOrder(one.orderNo)
    if (!answer.ok) return err(`渠道没有答复（${answer.error.code}）`)
    if (answer.value.state === 'paid' || answer.value.state === 'paying') return err('渠道查询的结果不是未支付，不能冲正')
    const problem = REVERSALS[await payments.reversePayment(one.proposal?.approvals.at(-1)?.by ?? null, one.orderNo)]
    if (problem !== undefined) return err(problem)
    await alarm(one)
    await rematch(one)
    return ok('已冲正，账单恢复未缴；已发出安全告警，请查是否为伪造通知')
  }
  const book = async (one: CaseRecord): Promise<Result<string, string>> => {
    const channel = channels.get(one.channel as ChannelName)
    if (one.orderNo === null || channel === undefined || channel.merchantId !== one.merchantId) return err(NOT_CONNECTED)
    const answer = await channel.queryOrder(one.orderNo)
    if (!answer.ok) return err(`渠道没有答复（${answer.error.code}）`)
    if (answer.value.state !== 'paid') return err('渠道查询的结果是未支付')
    const { transactionId, paidFen: fen, paidAtMs } = answer.value
    const verdict = await payments.takePayment({ channel: channel.channel, merchantId: one.merchantId, outTradeNo: one.orderNo, transactionId, fen, paidAtMs })
    await rematch(one)
    return ok(VERDICTS[verdict] ?? verdict)
  }
  /** What the channel says now is taken over, where the refund is ours; a refund under way is asked about again another day. */
  const ask = async (one: CaseRecord): Promise<Result<string, string>> => {
    const channel = channels.get(one.channel as ChannelName)
    if (one.orderNo === null || channel === undefined || channel.merchantId !== one.merchantId) return err(NOT_CONNECTED)
    const answer = await channel.queryRefund(one.reference, one.orderNo)
    if (!answer.ok) return err(`渠道没有答复（${answer.error.code}）`)
    if (answer.value.state === 'processing') return err('渠道仍在处理，请次日再查')
    if (one.ours !== null) await payments.refundTold(one.reference, answer.value)
    await rematch(one)
    return ok(`渠道查询：${REFUND_WORDS[answer.value.state]}`)
  }
  /** What a settlement or the bank has otherwise; suspense of payments themselves is theirs. */
  const suspend = async (one: CaseRecord): Promise<Result<string, string>> => {
    if (one.leg !== 2 || one.proposal === null || !isHeld(one.classCode, one.proposal.action)) return ok('由财务挂账')
    const moved = await held.settle(one.proposal.approvals.at(-1)?.by ?? null, one)
    return moved === null ? err('这个商户没有登记银行账号') : ok(`已挂账 ${yuanText(one.differenceFen)} 元`)
  }
  return {
    ask,
    book,
    correct,
    suspend,
    async refund(one) {
      if (one.orderNo === null || one.ours === null || one.proposal === null) return err('没有可以退款的订单')
      const { outRefundNo } = await payments.proposeRefund(one.proposal.makerId, { outTradeNo: one.orderNo, refundFen: one.riskFen, reason: '对账差异退款' })
      return ok(`退款单 ${outRefundNo} 待复核`)
    },
    async refetch(one) {
      const latest = await fetch.fetchDay(null, one.bizDate)
      const wrong = latest.filter((batch) => batch.channel === one.channel && batch.merchantId === one.merchantId && batch.finding !== null)
      return wrong.length === 0 ? ok('账单已重新取得') : err(`账单仍有问题：${wrong.map((batch) => batch.finding?.code).join('、')}`)
    },
  }
}
