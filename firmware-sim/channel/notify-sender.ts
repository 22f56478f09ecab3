import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '#kernel/log.js'
import { yuan } from './alipay-wire.js'
import { type Letter, type LetterDeps, alipayLetter, wechatLetter, wechatRefund, wechatTransaction } from './notify-letters.js'
import { type Refund, type Trade, beijing } from './trade-store.js'

/** Delays between attempts in seconds, as the channels publish them. The first is sent at once. */
export const SCHEDULES = {
  wechat: [15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600],
  alipay: [240, 600, 600, 3_600, 7_200, 21_600, 54_000],
} as const

const ANSWER_MS_MAX = 5_000

export interface NotifySender {
  paid(trade: Trade): void
  refunded(trade: Trade, refund: Refund): void
  stop(): Promise<void>
}

/** Sends notifies until they are taken, on the official schedule divided by `scale`. */
export function createNotifySender(deps: LetterDeps & { readonly log: Logger; readonly scale: number }): NotifySender {
  const { keys, faults, clock, log, scale } = deps
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  let events = 0

  const post = async (url: string, letter: Letter): Promise<boolean> => {
    try {
      const answer = await fetch(url, { method: 'POST', headers: letter.headers, body: letter.body, redirect: 'manual', signal: AbortSignal.any([stopping.signal,
        AbortSignal.timeout(ANSWER_MS_MAX)]) })
      const text = await answer.text()
      return letter.headers['content-type']?.startsWith('application/json') === true ? answer.status === 200 || answer.status === 204 : answer.status === 200 && text === 'success'
    } catch {
      return false
    }
  }

  /** @param letterAt makes the letter of an attempt, 0 the first */
  const deliver = async (trade: Trade, letterAt: (attempt: number) => Letter): Promise<void> => {
    const about = trade.outTradeNo
    if (faults.happens('notify-lost', about)) return
    const delays = SCHEDULES[trade.channel]
    for (let attempt = 0; attempt <= delays.length; attempt += 1) {
      const late = attempt === 0 && faults.happens('notify-late', about)
      const delayS = late ? delays[1] : attempt === 0 ? 0 : (delays[attempt - 1] ?? 0)
      await wait((delayS * 1_000) / scale, undefined, { signal: stopping.signal, ref: false })
      const copies = faults.happens('notify-repeated', about) ? 4 : 1
      const answers = await Promise.all(Array.from({ length: copies }, () => post(trade.notifyUrl, letterAt(attempt))))
      if (answers.includes(true)) return
      log.info({ outTradeNo: about, attempt }, 'notify not taken')
    }
  }
  const start = (work: Promise<void>): void => {
    const ended = work.catch(() => undefined).then(() => void running.delete(ended))
    running.add(ended)
  }

  return {
    paid(trade) {
      const id = `EV-${beijing(clock.wallMs()).replaceAll(/\D/g, '')}${(events += 1)}`
      if (trade.channel === 'alipay') return start(deliver(trade, (attempt) => alipayLetter(deps, trade, attempt, id, {})))
      const resource = wechatTransaction(keys, trade, faults.happens('notify-amount', trade.outTradeNo) ? 1 : 0)
      start(deliver(trade, (attempt) => wechatLetter(deps, trade, attempt, { id, type: 'TRANSACTION.SUCCESS', summary: '支付成功', original: 'transaction', resource })))
    },
    refunded(trade, refund) {
      const id = `EV-${beijing(clock.wallMs()).replaceAll(/\D/g, '')}${(events += 1)}`
      const refundedFen = trade.refunds.filter((one) => one.state === 'succeeded').reduce((sum, one) => sum + one.refundFen, 0)
      if (trade.channel === 'alipay') {
        const more = { refund_fee: yuan(refundedFen), gmt_refund: `${beijing(clock.wallMs())}.000`, out_biz_no: refund.outRefundNo }
        return start(deliver(trade, (attempt) => alipayLetter(deps, trade, attempt, id, more)))
      }
      const status = refund.state === 'abnormal' ? 'ABNORMAL' : 'SUCCESS'
      const { status: _, ...said } = wechatRefund(trade, refund)
      const resource = { mchid: keys.wechat.mchid, ...said, refund_status: status }
      start(deliver(trade, (attempt) => wechatLetter(deps, trade, attempt, { id, type: `REFUND.${status}`, summary: '退款', original: 'refund', resource })))
    },
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
