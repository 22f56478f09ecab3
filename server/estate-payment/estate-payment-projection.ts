import type { Clock } from '#kernel/clock.js'
import { changeIn } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { householdByNo } from '../household/household-register.js'
import type { Projector } from '../sync/projector.js'
import { type Origin, type PlacedRecord, isAfter, ofKind } from '../sync/record-place.js'
import { takeAtTill } from './estate-taking.js'
import { type EstatePaymentRecord, findClose, findTaken, insertPayment, saveClose } from './estate-payment-repository.js'

/** What a repeat has in common with the record that counts. */
const contentOf = ({ estateId, way, fen, householdNo, billId, outTradeNo, pos }: Omit<EstatePaymentRecord, 'state' | 'householdId' | 'parts' | 'prepaidFen'>): string =>
  JSON.stringify([estateId, way, fen, householdNo, billId, outTradeNo, pos?.merchantId, pos?.reference])

const NOTHING = { householdId: null, parts: [], prepaidFen: 0 } as const

/**
 * Books a payment once: a gateway that was restored from a backup may tell it a second time, under another record. One that
 * contradicts what is booked is kept and shown, and booked by nobody.
 */
async function takePaymentRecord(tx: Tx, nowMs: number, { estateId }: Origin, { place, body }: PlacedRecord<'payment.v1'>): Promise<void> {
  const { paymentId, deviceId, number, way, fen, householdNo, billId, outTradeNo, pos, takenAtMs } = body
  const payment = { place, paymentId, estateId, deviceId, number, way, fen, householdNo, billId, outTradeNo, pos, takenAtMs, bizDate: civilDateOf(takenAtMs), receivedAtMs: nowMs }
  const before = await findTaken(tx, paymentId)
  if (before !== null) return insertPayment(tx, { ...payment, ...NOTHING, state: contentOf(before) === contentOf(payment) ? 'repeat' : 'conflict' })
  if (way === 'cash' || way === 'pos') return insertPayment(tx, { ...payment, ...(await takeAtTill(changeIn(tx, nowMs, null), payment)) })
  const household = await householdByNo(tx, estateId, householdNo)
  return insertPayment(tx, { ...payment, ...NOTHING, householdId: household?.householdId ?? null, state: 'noted' })
}

/** The latest count of a day stays, whichever came first. */
async function takeClose(tx: Tx, origin: Origin, { place, body }: PlacedRecord<'estate-close.v1'>): Promise<void> {
  const { bizDate, ways, tills, cause, operatorRef, occurredAtMs } = body
  const before = await findClose(tx, origin, bizDate)
  if (before !== null && !isAfter(place, before.place)) return
  await saveClose(tx, { place, estateId: origin.estateId, bizDate, ways, tills, cause, operatorRef, closedAtMs: occurredAtMs })
}

/** Payments at estates' tills into bills and books, exactly once, in the transaction that stores their records. */
export const createEstatePaymentProjector = (deps: { clock: Clock }): Projector => ({
  async project(tx, origin, records) {
    for (const record of ofKind(records, 'payment.v1')) await takePaymentRecord(tx, deps.clock.wallMs(), origin, record)
    for (const record of ofKind(records, 'estate-close.v1')) await takeClose(tx, origin, record)
  },
})
