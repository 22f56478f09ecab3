import type { TillBillsRequestV1, TillBillsResponseV1, TillOrderRequestV1, TillOrderResponseV1 } from '#contract/till-api.js'
import { TILL_BILLS_MAX, TILL_CHANNELS } from '#contract/till-messages.js'
import type { Clock } from '#kernel/clock.js'
import type { RunChange } from '../audit/change.js'
import { payableBill, payableBillsOfHousehold } from '../billing/bill-register.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { householdByNo } from '../household/household-register.js'
import { sumFen } from '../money/fen.js'
import type { ChannelName } from '../payment/channel/channel-port.js'
import type { OrderService } from '../payment/order-service.js'
import type { Origin } from '../sync/record-place.js'
import { isTillOrder, noteTillOrder } from './estate-payment-repository.js'

/** What gateways ask for their tills. Nothing of another estate is seen. */
export interface TillService {
  bills(gateway: Origin, question: TillBillsRequestV1): Promise<TillBillsResponseV1>
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_BILL, SV_PAYMENT_NO_CHANNEL, SV_PAYMENT_OTHER_ORDER, SV_PAYMENT_CHANNEL */
  place(gateway: Origin, wish: TillOrderRequestV1): Promise<TillOrderResponseV1>
  /** @throws AppError SV_HTTP_NOT_FOUND where no till of this gateway showed it */
  order(gateway: Origin, outTradeNo: string): Promise<TillOrderResponseV1>
}

type Orders = Pick<OrderService, 'place' | 'find'>
const STATES = {
  'created': 'waiting', 'paying': 'waiting', 'paid': 'paid', 'late-paid': 'paid', 'part-refunded': 'paid', 'refunded': 'paid', 'closed': 'over', 'failed': 'over',
} as const
/** Characters of a bill's label that a till shows. */
const LABEL_CHARS_MAX = 64

export function createTillService(deps: { read: Tx; change: RunChange; orders: Orders; channels: ReadonlyMap<ChannelName, unknown>; clock: Clock }): TillService {
  const { read, change, orders, channels, clock } = deps

  const answerOf = async (outTradeNo: string): Promise<TillOrderResponseV1> => {
    const order = await orders.find(outTradeNo)
    if (order === null) throw fail('SV_HTTP_NOT_FOUND')
    const { channel, totalFen: fen, expiresAtMs, payStep, paidAtMs } = order
    const state = STATES[order.state]
    const codeText = state === 'waiting' && payStep?.kind === 'qr' ? payStep.text : null
    const remainingMs = state === 'waiting' ? Math.max(0, expiresAtMs - clock.wallMs()) : 0
    return { outTradeNo, channel, fen, state, codeText, remainingMs, paidAtMs: state === 'paid' ? paidAtMs : null }
  }
  return {
    async bills({ estateId }, { householdNo }) {
      const household = await householdByNo(read, estateId, householdNo)
      if (household === null) return { known: false, bills: [], channels: [] }
      const bills = (await payableBillsOfHousehold(read, household.householdId)).slice(0, TILL_BILLS_MAX).flatMap(({ billId, label, dueDate, outstanding }) => {
        const openFen = sumFen(outstanding.map((part) => part.fen))
        return openFen === 0 ? [] : [{ billId, label: label.slice(0, LABEL_CHARS_MAX), dueDate, openFen }]
      })
      return { known: true, bills, channels: TILL_CHANNELS.filter((channel) => channels.has(channel)) }
    },
    async place({ estateId, gatewayId }, { deviceId, householdNo, billId, channel }) {
      const household = await householdByNo(read, estateId, householdNo)
      const bill = await payableBill(read, billId)
      if (household === null || bill === null || bill.estateId !== estateId || bill.householdId !== household.householdId) throw fail('SV_HTTP_NOT_FOUND')
      const { outTradeNo } = await orders.place(null, { billId, channel, scene: 'qr', payerId: null, payerAddress: null, returnUrl: null })
      // Before the code reaches anybody's eyes: what is paid against it is the till's.
      await change(null, ({ tx, atMs }) => noteTillOrder(tx, { outTradeNo, estateId, gatewayId, deviceId, shownAtMs: atMs }))
      return answerOf(outTradeNo)
    },
    async order({ gatewayId }, outTradeNo) {
      if (!await isTillOrder(read, outTradeNo, gatewayId)) throw fail('SV_HTTP_NOT_FOUND')
      return answerOf(outTradeNo)
    },
  }
}
