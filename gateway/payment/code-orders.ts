import type { CodeCheckV1, CodeQuestionV1, CodeStateV1, TillReceipt } from '#contract/till-messages.js'
import type { TillOrderResponseV1 } from '#contract/till-api.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { PaymentBook } from './payment-book.js'
import { receiptOf } from './payment-book.js'
import type { PaymentStore, TillOrderRow, TillServer, TillServerError } from './ports.js'

export interface CodeOrders {
  /** A code to pay a bill by phone; the one that is shown already where there is one. */
  show(deviceId: string, question: CodeQuestionV1): Promise<CodeStateV1>
  /** How an order of this till stands. */
  check(deviceId: string, question: CodeCheckV1): Promise<CodeStateV1>
  /** Asks the server about every order that may still be paid, whoever looks at a till. @returns false where it cannot be asked now */
  follow(): Promise<boolean>
}

type Answer = Omit<CodeStateV1, 'v' | 'requestId'>
const NO_ORDER: Answer = { outcome: 'refused', reason: 'unknown-order', order: null, receipt: null }
/** An order's own time is a quarter of an hour. One that the server still calls open long after is left to the server. */
const FOLLOWED_MS_MAX = 3 * 86_400_000

const orderOf = ({ outTradeNo, channel, fen, codeText, remainingMs }: TillOrderResponseV1): NonNullable<Answer['order']> => ({ outTradeNo, channel, fen, codeText, remainingMs })
const settledOrder = ({ outTradeNo, channel, fen }: TillOrderRow): NonNullable<Answer['order']> => ({ outTradeNo, channel, fen, codeText: null, remainingMs: 0 })
const failed = (error: TillServerError): Answer =>
  (error.kind === 'unavailable' ? { outcome: 'unavailable', reason: null, order: null, receipt: null } : { outcome: 'refused', reason: error.code, order: null, receipt: null })
const paid = (order: NonNullable<Answer['order']>, receipt: TillReceipt | null): Answer =>
  ({ outcome: 'paid', reason: null, order: { ...order, codeText: null, remainingMs: 0 }, receipt })

/** Orders at the channels are the server's; here stands which till shows which, so that each payment is counted once at its till. */
export function createCodeOrders(deps: { store: PaymentStore; server: TillServer; book: PaymentBook; clock: Clock; ids: IdSource }): CodeOrders {
  const { store, server, book, clock, ids } = deps

  /** Takes over what the server says of an order. */
  const heard = async (said: TillOrderResponseV1): Promise<Answer> => {
    const order = orderOf(said)
    if (said.state === 'paid') return paid(order, (await book.settle(said.outTradeNo, said.paidAtMs ?? clock.wallMs())) ?? null)
    if (said.state === 'over') await book.giveUp(said.outTradeNo)
    return { outcome: said.state, reason: null, order: said.state === 'over' ? { ...order, codeText: null, remainingMs: 0 } : order, receipt: null }
  }
  const settled = async (row: TillOrderRow): Promise<Answer | undefined> => {
    if (row.state !== 'paid') return undefined
    const payment = await store.tillPayment(row.paymentId)
    return paid(settledOrder(row), payment === undefined ? null : receiptOf(payment))
  }
  return {
    async show(deviceId, { requestId, householdNo, billId, channel }) {
      const answer = await server.place({ deviceId, householdNo, billId, channel })
      if (!answer.ok) return { v: 1, requestId, ...failed(answer.error) }
      const { outTradeNo, fen } = answer.value
      // Committed before the code is shown: whoever scans it is counted, whatever dies in between.
      await store.transact(async (tx) => {
        if (await tx.findTillOrder(outTradeNo) !== undefined) return
        await tx.putTillOrder({ outTradeNo, paymentId: ids.uuid(), deviceId, householdNo, billId, channel, fen, state: 'open', placedAtMs: clock.wallMs() })
      })
      return { v: 1, requestId, ...(await heard(answer.value)) }
    },
    async check(deviceId, { requestId, outTradeNo }) {
      const row = await store.tillOrder(outTradeNo)
      if (row === undefined || row.deviceId !== deviceId) return { v: 1, requestId, ...NO_ORDER }
      const known = await settled(row)
      if (known !== undefined) return { v: 1, requestId, ...known }
      const answer = await server.order(outTradeNo)
      return { v: 1, requestId, ...(answer.ok ? await heard(answer.value) : failed(answer.error)) }
    },
    async follow() {
      for (const { outTradeNo, placedAtMs } of await store.openTillOrders()) {
        const answer = await server.order(outTradeNo)
        if (answer.ok) await heard(answer.value)
        else if (answer.error.kind === 'unavailable') return false
        if (clock.wallMs() - placedAtMs > FOLLOWED_MS_MAX) await book.giveUp(outTradeNo)
      }
      return true
    },
  }
}
