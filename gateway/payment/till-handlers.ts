import type { PaymentResultV1 } from '#contract/till-messages.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { DeviceHandlers, DevicePublisher } from '../device/ports.js'
import type { BillLists } from './bill-lists.js'
import type { CodeOrders } from './code-orders.js'
import type { PaymentBook } from './payment-book.js'

type TillHandlers = Required<Pick<DeviceHandlers, 'billQuestion' | 'codeQuestion' | 'codeCheck' | 'paymentTaken'>>

/**
 * What tills say. Questions are answered as fast as a person asks them and no faster: a till tells what a household owes to
 * whoever types its number. Money that was taken is never made to wait.
 * @param deps.mayAsk the pace of each till's questions
 */
export function createTillHandlers(deps: {
  bills: BillLists; codes: CodeOrders; book: Pick<PaymentBook, 'take'>; publisher: DevicePublisher; mayAsk: (deviceId: string) => boolean
}): TillHandlers {
  const { bills, codes, book, publisher, mayAsk } = deps
  const told = (address: DeviceAddress, result: Omit<PaymentResultV1, 'v'>): void => publisher.publish('paymentResult', address, { v: 1, ...result })
  return {
    async billQuestion(address, question) {
      const { requestId } = question
      publisher.publish('billList', address, mayAsk(address.deviceId) ? await bills.ask(address.deviceId, question)
        : { v: 1, requestId, outcome: 'slow-down', asOfMs: null, bills: [], channels: [] })
    },
    async codeQuestion(address, question) {
      const { requestId } = question
      publisher.publish('codeState', address, mayAsk(address.deviceId) ? await codes.show(address.deviceId, question)
        : { v: 1, requestId, outcome: 'refused', reason: 'slow-down', order: null, receipt: null })
    },
    async codeCheck(address, question) {
      publisher.publish('codeState', address, await codes.check(address.deviceId, question))
    },
    async paymentTaken(address, taken) {
      const { paymentId } = taken
      const recorded = await book.take(address.deviceId, taken)
      if (recorded.ok) told(address, { paymentId, outcome: 'recorded', reason: null, receipt: recorded.value })
      else told(address, { paymentId, outcome: 'refused', reason: recorded.error, receipt: null })
    },
  }
}
