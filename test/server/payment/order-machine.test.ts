import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ORDER_STATES, type OrderEffect, type OrderInput, type OrderState, type OrderStateName, nextOrder } from '../../../server/payment/order-machine.js'

const order = (state: OrderStateName): OrderState => {
  const isPaid = ['paid', 'late-paid', 'part-refunded', 'refunded'].includes(state)
  return { state, totalFen: 100, transactionId: isPaid ? 'T1' : null, paidFen: isPaid ? 100 : 0, refundedFen: { 'part-refunded': 40, 'refunded': 100 }[state as string] ?? 0 }
}
const INPUTS: Record<string, OrderInput> = {
  'accepted': { kind: 'accepted' }, 'refused': { kind: 'refused' }, 'closed': { kind: 'closed' }, 'paid': { kind: 'paid', transactionId: 'T1', fen: 100 },
  'paid once more': { kind: 'paid', transactionId: 'T2', fen: 100 }, 'paid one fen less': { kind: 'paid', transactionId: 'T1', fen: 99 }, 'refunded 60': { kind: 'refunded', fen: 60 }, 'refunded 100': { kind: 'refunded', fen: 100 }, 'refunded 0': { kind: 'refunded', fen: 0 },
}
/** `state` where it moves, `-` where it does not; with the effect. */
const said = (state: OrderStateName, input: OrderInput): string => {
  const transition = nextOrder(order(state), input)
  if (transition === undefined) return '-'
  const effects = transition.effects.map((effect: OrderEffect) => (effect.kind === 'suspend' ? `suspend ${effect.cause} ${effect.fen}` : `${effect.kind} ${effect.fen}`))
  return [transition.state.state, ...effects].join(' + ')
}

describe('an order', () => {
  it('moves exactly so: every state with every input', () => {
    const table = Object.fromEntries(ORDER_STATES.map((state) => [state, Object.fromEntries(Object.entries(INPUTS).map(([name, input]) => [name, said(state, input)]))]))
    const paidAgain = (state: string) => ({ 'paid': '-', 'paid one fen less': '-', 'paid once more': `${state} + suspend second-payment 100` })
    const none = { 'accepted': '-', 'refused': '-', 'closed': '-', 'refunded 60': '-', 'refunded 100': '-', 'refunded 0': '-' }
    const open = { 'paid': 'paid + take 100', 'paid once more': 'paid + take 100', 'paid one fen less': 'late-paid + suspend amount 99' }
    const over = { 'paid': 'late-paid + suspend late 100', 'paid once more': 'late-paid + suspend late 100', 'paid one fen less': 'late-paid + suspend amount 99' }
    expect(table).toEqual({
      'created': { ...none, ...open, 'accepted': 'paying', 'refused': 'failed', 'closed': 'closed' }, 'paying': { ...none, ...open, 'closed': 'closed' },
      'paid': { ...none, ...paidAgain('paid'), 'refunded 60': 'part-refunded + give-back 60', 'refunded 100': 'refunded + give-back 100' },
      'closed': { ...none, ...over }, 'failed': { ...none, ...over }, 'late-paid': { ...none, ...paidAgain('late-paid'), 'refunded 60': 'part-refunded + give-back 60', 'refunded 100': 'refunded + give-back 100' },
      'part-refunded': { ...none, ...paidAgain('part-refunded'), 'refunded 60': 'refunded + give-back 60' }, 'refunded': { ...none, ...paidAgain('refunded') },
    })
  })

  it('in any history takes its total at most once, and gives back no more than it took', () => {
    const input: fc.Arbitrary<OrderInput> = fc.oneof(
      fc.constantFrom<OrderInput>({ kind: 'accepted' }, { kind: 'refused' }, { kind: 'closed' }),
      fc.record({ kind: fc.constant('paid' as const), transactionId: fc.constantFrom('T1', 'T2', 'T3'), fen: fc.constantFrom(100, 99, 101) }),
      fc.record({ kind: fc.constant('refunded' as const), fen: fc.integer({ min: 0, max: 120 }) }),
    )
    fc.assert(fc.property(fc.array(input, { maxLength: 30 }), (inputs) => {
      let state: OrderState = { state: 'created', totalFen: 100, transactionId: null, paidFen: 0, refundedFen: 0 }
      const sums = { take: 0, suspend: 0, 'give-back': 0 }
      for (const one of inputs) {
        const transition = nextOrder(state, one)
        if (transition === undefined) continue
        state = transition.state
        for (const effect of transition.effects) sums[effect.kind] += effect.fen
      }
      expect([0, 100]).toContain(sums.take)
      expect(sums['give-back']).toBeLessThanOrEqual(sums.take + sums.suspend)
      expect(state.refundedFen).toBe(sums['give-back'])
    }), { numRuns: 2_000 })
  })
})
