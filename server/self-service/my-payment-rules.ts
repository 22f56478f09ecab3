import type { OrderStateName } from '../payment/order-machine.js'

/**
 * What a payer is told of an order. `pending`: nobody knows yet; `checking`: the money came, late or in another amount, and a
 * person looks at it; `ended`: it was not paid and can be paid no more. Nothing says failed before the channel did.
 */
export const PAYMENT_STATES = ['pending', 'paid', 'checking', 'ended', 'part-refunded', 'refunded'] as const
export type PaymentState = (typeof PAYMENT_STATES)[number]

const SHOWN: Readonly<Record<OrderStateName, PaymentState>> = {
  'created': 'pending', 'paying': 'pending', 'paid': 'paid', 'late-paid': 'checking', 'closed': 'ended', 'failed': 'ended',
  'part-refunded': 'part-refunded', 'refunded': 'refunded',
}
export const paymentStateOf = (state: OrderStateName): PaymentState => SHOWN[state]

/** Whether money came: then there is a receipt. */
export const hasReceipt = (state: PaymentState): boolean => state !== 'pending' && state !== 'ended'
