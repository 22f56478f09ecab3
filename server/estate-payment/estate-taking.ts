import type { Change } from '../audit/change.js'
import { payableBill, payableBillsOfHousehold, takePayment } from '../billing/bill-register.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { householdByNo } from '../household/household-register.js'
import { TRANSIT } from '../ledger/chart.js'
import { post } from '../ledger/ledger-service.js'
import type { BillPart, MoneyPlace } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'
import { noteSuspense } from '../payment/payment-register.js'
import type { EstatePaymentRecord } from './estate-payment-repository.js'

/** Money in hand at an estate, as a record tells of it. */
export type MoneyAtTill = Pick<EstatePaymentRecord, 'paymentId' | 'estateId' | 'deviceId' | 'number' | 'way' | 'fen' | 'householdNo' | 'billId' | 'pos' | 'takenAtMs'>
export type TakenAtTill = Pick<EstatePaymentRecord, 'state' | 'householdId' | 'parts' | 'prepaidFen'>

/** Who settles a card payment whose slip is missing: a gateway that is sound tells of none. */
const NO_MERCHANT = 'unknown'
/** Cash lies in the till; card money comes from the acquirer. */
const placeOf = ({ way, deviceId, pos }: MoneyAtTill): MoneyPlace =>
  (way === 'pos' ? { account: TRANSIT.pos, of: pos?.merchantId ?? NO_MERCHANT } : { account: 'cash', of: deviceId })

/** The bill that was named, where it is this household's; without one whatever the household owes, the oldest due first. */
async function takeForBills(change: Change, householdId: string, { billId, fen }: MoneyAtTill): Promise<BillPart[]> {
  const named = billId === null ? null : await payableBill(change.tx, billId)
  const bills = billId === null ? await payableBillsOfHousehold(change.tx, householdId) : named?.householdId === householdId ? [named] : []
  const parts: BillPart[] = []
  for (const bill of bills) {
    const left = fen - sumFen(parts.map((part) => part.fen))
    if (left > 0) parts.push(...await takePayment(change, { billId: bill.billId, fen: left }))
  }
  return parts
}

/**
 * Puts it into the books. The money is there, so nothing is refused: what no bill needs any more, as where it was paid by phone
 * meanwhile, is the household's prepayment, and what nobody knows the household of is in suspense.
 * @param change the transaction that stores the record; a payment is handed in once
 */
export async function takeAtTill(change: Change, money: MoneyAtTill): Promise<TakenAtTill> {
  const { paymentId, estateId, deviceId, number, fen, householdNo, billId, way, takenAtMs } = money
  const into = placeOf(money)
  // A clock of the estate that is ahead must not post into the future.
  const posting = { estateId, causeRef: `till:${paymentId}`, bizDate: civilDateOf(Math.min(takenAtMs, change.atMs)), memo: billId ?? `${deviceId}-${number}` }
  const subject = `till-payment:${paymentId}`
  const household = await householdByNo(change.tx, estateId, householdNo)
  if (household === null) {
    await post(change, [{ ...posting, event: { kind: 'suspended', into, fen } }])
    await noteSuspense(change.tx, {
      suspenseId: paymentId, estateId, channel: way === 'pos' ? 'pos' : 'cash', merchantId: into.of, outTradeNo: `${deviceId}-${number}`, transactionId: paymentId, fen,
      cause: 'unknown-household', createdAtMs: change.atMs,
    })
    await change.audit({ action: 'till-payment.suspend', subject, estateId, after: { deviceId, number, fen } })
    return { state: 'suspended', householdId: null, parts: [], prepaidFen: 0 }
  }
  const { householdId } = household
  const parts = await takeForBills(change, householdId, money)
  const prepaidFen = fen - sumFen(parts.map((part) => part.fen))
  await post(change, [{ ...posting, event: { kind: 'paid', into, parts, prepaid: prepaidFen === 0 ? null : { householdId, fen: prepaidFen } } }])
  await change.audit({ action: 'till-payment.take', subject, estateId, after: { deviceId, number, billId, fen, prepaidFen } })
  return { state: 'posted', householdId, parts, prepaidFen }
}
