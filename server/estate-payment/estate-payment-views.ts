import type { Static } from 'typebox'
import type { Tx } from '../db/transaction.js'
import { type EstatePaymentRecord, type PaymentFilter, paymentsBefore } from './estate-payment-repository.js'
import type { PaymentItem } from './schemas.js'

export interface EstatePaymentViews {
  payments(filter: PaymentFilter, before: { takenAtMs: number; paymentId: string } | null, limit: number): Promise<Static<typeof PaymentItem>[]>
}

const itemOf = ({ place: _, parts: __, pos, ...payment }: EstatePaymentRecord): Static<typeof PaymentItem> => ({ ...payment, pos })

/** What staff see of payments at tills. */
export const createEstatePaymentViews = ({ read }: { read: Tx }): EstatePaymentViews => ({
  payments: async (filter, before, limit) => (await paymentsBefore(read, filter, before, limit)).map(itemOf),
})
