import { describe, expect, it } from 'vitest'
import type { OrderKind } from '#contract/sync-orders.js'
import { ORDER_VALID_MS, orderState, remainingMs } from '../../../server/order/order-rules.js'

const order = (kind: OrderKind, life = 'now') => ({ kind, life, deadlineMonoMs: 11_000, expiresAtMs: 1_010_000 })

describe('what is left of an order', () => {
  it.each([
    ['counts by the monotonic clock in the life that gave it, wherever the wall clock jumps', order('open-door.v1'), { life: 'now', monoMs: 1_000, wallMs: 9e12 }, 10_000],
    ['is nothing at its deadline', order('open-door.v1'), { life: 'now', monoMs: 11_000, wallMs: 0 }, 0],
    ['is nothing after it', order('open-door.v1'), { life: 'now', monoMs: 99_000, wallMs: 0 }, 0],
    ['is whole milliseconds: none that begun is promised', order('open-door.v1'), { life: 'now', monoMs: 10_999.2, wallMs: 0 }, 0],
    ['is nothing of an opening of an earlier life, however short ago', order('open-door.v1', 'earlier'), { life: 'now', monoMs: 0, wallMs: 1_000_001 }, 0],
    ['is nothing of a door mode of an earlier life', order('door-mode.v1', 'earlier'), { life: 'now', monoMs: 0, wallMs: 1_000_001 }, 0],
    ['counts by the wall clock for what outlives a restart', order('firmware.v1', 'earlier'), { life: 'now', monoMs: 0, wallMs: 1_000_000 }, 10_000],
    ['is never more than it began with, though the wall clock went back', order('alarm.v1', 'earlier'), { life: 'now', monoMs: 0, wallMs: 0 - 9e9 }, ORDER_VALID_MS['alarm.v1']],
  ])('%s', (_name, times, now, left) => expect(remainingMs(times, now)).toBe(left))
})

describe('the state of an order', () => {
  it.each([
    [{ outcome: null, ended: false, given: false }, 'waiting'],
    [{ outcome: null, ended: false, given: true }, 'given'],
    [{ outcome: null, ended: true, given: false }, 'expired'],
    [{ outcome: null, ended: true, given: true }, 'unanswered'],
    [{ outcome: 'done', ended: false, given: true }, 'done'],
    [{ outcome: 'done', ended: true, given: true }, 'done'],
    [{ outcome: 'refused', ended: false, given: true }, 'refused'],
    [{ outcome: 'no-answer', ended: true, given: true }, 'no-answer'],
    [{ outcome: 'expired', ended: false, given: true }, 'expired'],
  ] as const)('%j is %s', (order, state) => expect(orderState(order)).toBe(state))
})
