import type { PAYMENT_REFUSALS, PaymentTakenV1, TillReceipt } from '#contract/till-messages.js'
import type { Clock } from '#kernel/clock.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { Stamper } from '#kernel/record-stamp.js'
import { localMoment } from '#kernel/schedule.js'
import type { PaymentRow, PaymentStore, PaymentTx } from './ports.js'

export type PaymentRefusal = (typeof PAYMENT_REFUSALS)[number]

/** Every payment of the estate's tills, each once, under numbers without gaps. Resolves after the commit. */
export interface PaymentBook {
  /** Money that a till took. A repeat gives the receipt of the first time. */
  take(deviceId: string, taken: PaymentTakenV1): Promise<Result<TillReceipt, PaymentRefusal>>
  /** An order of a till was paid. Undefined where no till of this gateway showed its code. @param paidAtMs by the channel */
  settle(outTradeNo: string, paidAtMs: number): Promise<TillReceipt | undefined>
  /** Nobody paid an order in time. */
  giveUp(outTradeNo: string): Promise<void>
  /**
   * Writes the records again whose place in an earlier epoch the server may never take: a log that was restored from a backup
   * goes on in a new epoch. The server knows a payment by its id and takes it once.
   * @returns how many
   */
  rescue(): Promise<number>
}

export const receiptOf = ({ number, epoch, seq, hash }: TillReceipt): TillReceipt => ({ number, epoch, seq, hash })

/** What makes a repeat the same payment. */
const contentOf = ({ way, fen, householdNo, billId, pos }: Pick<PaymentRow, 'way' | 'fen' | 'householdNo' | 'billId' | 'pos'>): string =>
  JSON.stringify([way, fen, householdNo, billId, pos?.merchantId, pos?.terminalId, pos?.reference])

type Wanted = Omit<PaymentRow, 'number' | 'epoch' | 'seq' | 'hash' | 'bizDate'>

export function createPaymentBook(deps: { store: PaymentStore; clock: Clock; stamp: Stamper }): PaymentBook {
  const { store, clock, stamp } = deps

  const append = (tx: PaymentTx, payment: Wanted & Pick<PaymentRow, 'number'>) => {
    const { paymentId, deviceId, number, way, fen, householdNo, billId, outTradeNo, pos, takenAtMs, deviceWallMs } = payment
    return tx.append({ kind: 'payment.v1', ...stamp(), paymentId, deviceId, number, way, fen, householdNo, billId, outTradeNo, pos, takenAtMs, deviceWallMs })
  }
  /** Inside a transaction: the record, its number and the row are one. @param printed the highest number that the till says it ever printed */
  const record = async (tx: PaymentTx, wanted: Wanted, printed: number): Promise<PaymentRow> => {
    const number = Math.max(await tx.lastNumber(wanted.deviceId), printed) + 1
    const row = { ...wanted, ...(await append(tx, { ...wanted, number })), number, bizDate: localMoment(wanted.takenAtMs).date }
    await tx.putPayment(row)
    return row
  }
  return {
    take(deviceId, { paymentId, way, fen, householdNo, billId, pos, wallMs, lastNumber }) {
      const taken = { paymentId, deviceId, way, fen, householdNo, billId, pos, outTradeNo: null }
      if ((way === 'pos') !== (pos !== null)) return Promise.resolve(err('no-slip'))
      return store.transact(async (tx) => {
        const known = await tx.findPayment(paymentId)
        if (known !== undefined && (known.deviceId !== deviceId || contentOf(known) !== contentOf(taken))) return err('other-content')
        return ok(receiptOf(known ?? await record(tx, { ...taken, takenAtMs: clock.wallMs(), deviceWallMs: wallMs }, lastNumber)))
      })
    },
    settle: (outTradeNo, paidAtMs) => store.transact(async (tx) => {
      const order = await tx.findTillOrder(outTradeNo)
      if (order === undefined) return undefined
      const { paymentId, deviceId, householdNo, billId, channel: way, fen } = order
      const known = await tx.findPayment(paymentId)
      if (known !== undefined) return receiptOf(known)
      await tx.putTillOrder({ ...order, state: 'paid' })
      return receiptOf(await record(tx, { paymentId, deviceId, way, fen, householdNo, billId, outTradeNo, pos: null, takenAtMs: paidAtMs, deviceWallMs: null }, 0))
    }),
    giveUp: (outTradeNo) => store.transact(async (tx) => {
      const order = await tx.findTillOrder(outTradeNo)
      if (order?.state === 'open') await tx.putTillOrder({ ...order, state: 'over' })
    }),
    async rescue() {
      const stranded = await store.strandedPayments()
      for (const { paymentId } of stranded) {
        await store.transact(async (tx) => {
          const row = await tx.findPayment(paymentId)
          if (row !== undefined) await tx.movePayment(paymentId, await append(tx, row))
        })
      }
      return stranded.length
    },
  }
}
