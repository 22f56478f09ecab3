import { type Machine, to } from '#kernel/fsm.js'

/** Life of an order. `late-paid` is paid after it was closed or refused: its money goes to suspense, never silently to the bill. */
export const ORDER_STATES = ['created', 'paying', 'paid', 'closed', 'failed', 'late-paid', 'part-refunded', 'refunded'] as const
export type OrderStateName = (typeof ORDER_STATES)[number]

export interface OrderState {
  readonly state: OrderStateName
  readonly totalFen: number
  /** Of the payment that was taken; null before. */
  readonly transactionId: string | null
  readonly paidFen: number
  readonly refundedFen: number
}

export type OrderInput =
  /** The channel took the order. */
  | { readonly kind: 'accepted' }
  /** The channel refused it for good. */
  | { readonly kind: 'refused' }
  /** Really paid: by a notify whose signature holds, or by the channel's answer to a question. */
  | { readonly kind: 'paid'; readonly transactionId: string; readonly fen: number }
  /** The channel says that it is closed and was not paid. */
  | { readonly kind: 'closed' }
  /** Given back. */
  | { readonly kind: 'refunded'; readonly fen: number }

export type OrderEffect =
  /** The bill is paid and the books say so. */
  | { readonly kind: 'take'; readonly fen: number }
  /** Money that is not what was ordered, or came twice, or too late. */
  | { readonly kind: 'suspend'; readonly cause: 'late' | 'amount' | 'second-payment'; readonly fen: number }
  /** The bill is owed again by so much; of late money what it was used for, or what lay in suspense. */
  | { readonly kind: 'give-back'; readonly fen: number }

const isOpen = (state: OrderStateName): boolean => state === 'created' || state === 'paying'
const isOver = (state: OrderStateName): boolean => state === 'closed' || state === 'failed'

const holdsMoney = (state: OrderStateName): boolean => state === 'paid' || state === 'late-paid' || state === 'part-refunded'

function onPaid(order: OrderState, { transactionId, fen }: Extract<OrderInput, { kind: 'paid' }>): ReturnType<typeof nextOrder> {
  // A repeat of what is known is no transition.
  if (order.transactionId === transactionId) return undefined
  if (order.transactionId !== null) return to(order, { kind: 'suspend', cause: 'second-payment', fen })
  const paid = { ...order, transactionId, paidFen: fen }
  // Another amount than was ordered pays nothing by itself, in time or late: a person decides.
  if (fen !== order.totalFen) return to({ ...paid, state: 'late-paid' }, { kind: 'suspend', cause: 'amount', fen })
  if (isOver(order.state)) return to({ ...paid, state: 'late-paid' }, { kind: 'suspend', cause: 'late', fen })
  return to({ ...paid, state: 'paid' }, { kind: 'take', fen })
}

/** Pure. Undefined where the input changes nothing or cannot be: a repeat, a closing of what was paid, a refund above the rest. */
export const nextOrder: Machine<OrderState, OrderInput, OrderEffect> = (order, input) => {
  switch (input.kind) {
    case 'accepted': return order.state === 'created' ? to({ ...order, state: 'paying' }) : undefined
    case 'refused': return order.state === 'created' ? to({ ...order, state: 'failed' }) : undefined
    case 'paid': return onPaid(order, input)
    case 'closed': return isOpen(order.state) ? to({ ...order, state: 'closed' }) : undefined
    case 'refunded': {
      const refundedFen = order.refundedFen + input.fen
      if (!holdsMoney(order.state) || input.fen <= 0 || refundedFen > order.paidFen) return undefined
      return to({ ...order, refundedFen, state: refundedFen === order.paidFen ? 'refunded' : 'part-refunded' }, { kind: 'give-back', fen: input.fen })
    }
  }
}
