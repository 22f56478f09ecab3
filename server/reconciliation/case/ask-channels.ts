import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { addDays, civilDateOf } from '../../household/civil-date-rules.js'
import type { ChannelName, OrderState, PayChannel, RefundState } from '../../payment/channel/channel-port.js'
import type { BatchService } from '../batch/batch-service.js'
import * as rows from './case-repository.js'

/** A case is asked about so often, for so many days. */
const ASK_EVERY_MS = 12 * 3_600_000
const ASK_DAYS = 7
const CASES_PER_ROUND = 200

const ORDER_CLASSES = ['LOCAL_ONLY', 'STATUS_CHANNEL_SUCCESS_LOCAL_PENDING', 'CHANNEL_ONLY_UNKNOWN', 'LATE_PAYMENT_AFTER_CLOSE'] as const
const REFUND_CLASSES = ['REFUND_PENDING_RECHECK', 'REFUND_LOCAL_ONLY', 'REFUND_STATUS_MISMATCH'] as const
const ORDER_WORDS: Readonly<Record<OrderState['state'], string>> = { 'paid': '已支付', 'not-paid': '未支付', 'paying': '支付中', 'closed': '已关闭、未支付', 'not-here': '没有这个订单' }
export const REFUND_WORDS: Readonly<Record<RefundState['state'], string>> = { succeeded: '退款成功', processing: '仍在处理', closed: '退款已关闭', abnormal: '退款异常，需人工处理' }

export interface AskChannelsDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly batches: BatchService
  /** The channel told how a refund stands. */
  readonly refundTold: (outRefundNo: string, state: RefundState) => Promise<void>
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

/**
 * Asks the channels about differences that only they can explain: a bill's state of a refund never changes again, and what we have as
 * paid and no bill says may have been told by a forger. The answers are shown beside the cases; only refunds that moved are taken over.
 */
export function createAskChannels(deps: AskChannelsDeps): () => Promise<number> {
  const { read, change, channels, batches, refundTold, runtime: { clock, log } } = deps
  const isDue = ({ suggestion }: rows.CaseRecord): boolean =>
    (suggestion ?? []).every((one) => one.source !== 'channel' || clock.wallMs() - one.atMs >= ASK_EVERY_MS)

  const answerFor = async (one: rows.CaseRecord, channel: PayChannel): Promise<{ text: string; moved: boolean } | null> => {
    if (one.orderNo === null) return null
    if (!(REFUND_CLASSES as readonly string[]).includes(one.classCode)) {
      const answer = await channel.queryOrder(one.orderNo)
      if (!answer.ok) return null
      const isForged = one.classCode === 'LOCAL_ONLY' && answer.value.state !== 'paid'
      if (isForged) log.error({ caseId: one.caseId, orderNo: one.orderNo, state: answer.value.state }, 'paid with us and not at the channel: perhaps a forged notify')
      return { text: `渠道查询：${ORDER_WORDS[answer.value.state]}${isForged ? '，可能是伪造的通知，请查安全日志' : ''}`, moved: false }
    }
    const answer = await channel.queryRefund(one.reference, one.orderNo)
    if (!answer.ok) return null
    await refundTold(one.reference, answer.value)
    return { text: `渠道查询：${REFUND_WORDS[answer.value.state]}`, moved: answer.value.state !== 'processing' }
  }

  const ask = async (one: rows.CaseRecord): Promise<number | null> => {
    const channel = channels.get(one.channel as ChannelName)
    if (channel === undefined || channel.merchantId !== one.merchantId) return null
    const answer = await answerFor(one, channel)
    if (answer === null) return null
    await change(null, async ({ tx, atMs }) => {
      const others = (one.suggestion ?? []).filter((each) => each.source !== 'channel')
      await rows.setSuggestion(tx, one.caseId, [{ source: 'channel', atMs, text: answer.text }, ...others])
      await rows.addEvent(tx, one.caseId, { atMs, by: null, what: 'asked', text: answer.text })
    })
    return answer.moved ? one.batchNo : null
  }

  return async () => {
    const fromDate = addDays(civilDateOf(clock.wallMs()), -ASK_DAYS)
    const due = (await rows.casesToAsk(read, [...ORDER_CLASSES, ...REFUND_CLASSES], fromDate, CASES_PER_ROUND)).filter(isDue)
    const moved = new Set<number>()
    for (const one of due) {
      const batchNo = await ask(one).catch((error: unknown) => {
        log.error({ caseId: one.caseId, err: error }, 'the channel could not be asked about a difference')
        return null
      })
      if (batchNo !== null) moved.add(batchNo)
    }
    for (const batchNo of moved) if ((await batches.find(batchNo))?.state === 'matched') await batches.rematch(null, batchNo)
    return due.length
  }
}
