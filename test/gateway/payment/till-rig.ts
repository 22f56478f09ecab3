import { encodeMessage } from '#contract/codec.js'
import type { TillBillsResponseV1, TillOrderResponseV1 } from '#contract/till-api.js'
import type { PaymentTakenV1, TillBill } from '#contract/till-messages.js'
import type { DeviceAddress } from '#contract/topics.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { DevicePublisher } from '../../../gateway/device/ports.js'
import { createBillLists } from '../../../gateway/payment/bill-lists.js'
import { createCodeOrders } from '../../../gateway/payment/code-orders.js'
import { createEstateClose } from '../../../gateway/payment/estate-close.js'
import { createPaymentBook } from '../../../gateway/payment/payment-book.js'
import type { PaymentStore, TillServer, TillServerError } from '../../../gateway/payment/ports.js'
import { createTillHandlers } from '../../../gateway/payment/till-handlers.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

export const NO = 'L-2026-0001'
export const SLIP = { merchantId: '898440312345678', terminalId: '01234567', reference: '012345678901' }
export const till = (deviceId = 'till-1'): DeviceAddress => ({ estateId: 'e1', deviceKind: 'till', deviceId })
export const bill = (billId: string, openFen: number): TillBill => ({ billId, label: '公租房租金 2026-09', dueDate: '2026-09-10', openFen })
/** 100 yuan in cash, told apart by a number. */
export const taken = (number: number, change: Partial<PaymentTakenV1> = {}): PaymentTakenV1 => ({
  v: 1, paymentId: uuid(number, 0xb1), bootId: uuid(1), monoMs: 5, wallMs: 1_000, way: 'cash', householdNo: NO, billId: null, fen: 10_000, pos: null, lastNumber: 0, ...change,
})

/** A server as a test wants it: away, or with bills and orders. */
function scriptedServer() {
  const state = { away: false, households: new Map<string, TillBill[]>(), channels: ['wechat', 'alipay'] as TillBillsResponseV1['channels'], refusal: null as string | null }
  const orders = new Map<string, TillOrderResponseV1>()
  const answer = <T>(value: T | undefined): Result<T, TillServerError> => {
    if (state.away) return err({ kind: 'unavailable' })
    if (state.refusal !== null || value === undefined) return err({ kind: 'refused', code: state.refusal ?? 'SV_HTTP_NOT_FOUND' })
    return ok(value)
  }
  const server: TillServer = {
    bills: async ({ householdNo }) => {
      const bills = state.households.get(householdNo)
      return answer({ known: bills !== undefined, bills: bills ?? [], channels: bills === undefined ? [] : state.channels })
    },
    place: async ({ billId, channel }) => {
      const outTradeNo = `RT-${billId}-${channel}`
      const order = orders.get(outTradeNo) ?? { outTradeNo, channel, fen: 500, state: 'waiting', codeText: 'weixin://x', remainingMs: 900_000, paidAtMs: null }
      if (!state.away && state.refusal === null) orders.set(outTradeNo, order)
      return answer(order)
    },
    order: async (outTradeNo) => answer(orders.get(outTradeNo)),
  }
  return { state, orders, server }
}

/** The gateway's side of tills over a real store; what goes out is checked against the contract. */
export async function tillRig(change: { path?: string; mayAsk?: () => boolean; hasTills?: boolean } = {}) {
  const clock = createVirtualClock()
  const store = await openStore({ clock, ...(change.path === undefined ? {} : { path: change.path }) })
  const { state, orders, server } = scriptedServer()
  const sent: Array<{ kind: string; to: string; payload: Record<string, unknown> }> = []
  const publisher: DevicePublisher = {
    publish(kind, { deviceId }, payload) {
      encodeMessage(kind, payload)
      sent.push({ kind, to: deviceId, payload: payload as unknown as Record<string, unknown> })
    },
  }
  const wire = (of: PaymentStore) => {
    const ids = createIdSource({ clock, random: seededRandom(3) })
    const stamp = createStamper({ clock, ids, bootId: uuid(9) })
    const book = createPaymentBook({ store: of, clock, stamp })
    const codes = createCodeOrders({ store: of, server, book, clock, ids })
    const close = createEstateClose({ store: of, clock, stamp, hasTills: () => change.hasTills ?? true })
    const handlers = createTillHandlers({ bills: createBillLists({ store: of, server, clock }), codes, book, publisher, mayAsk: change.mayAsk ?? (() => true) })
    return { book, codes, close, handlers }
  }
  const wired = wire(store)
  return {
    ...wired, wire, clock, store, server: state, orders, sent,
    /** What went out since the last look. */
    answers: () => sent.splice(0).map(({ payload }) => payload),
    take: async (payment: PaymentTakenV1, deviceId = 'till-1') => {
      await wired.handlers.paymentTaken(till(deviceId), payment)
      return sent.splice(0).map(({ payload }) => payload)
    },
    ask: async (householdNo = NO) => {
      await wired.handlers.billQuestion(till(), { v: 1, requestId: uuid(7), householdNo })
      return sent.splice(0).map(({ payload }) => payload)
    },
    /** Records of the log, one epoch. */
    records: async (epoch = 1): Promise<Array<Record<string, unknown>>> => (await store.recordsAfter(epoch, 0, 1_000)).map(({ payload }) => JSON.parse(payload) as Record<string, unknown>),
  }
}
export type TillRig = Awaited<ReturnType<typeof tillRig>>
