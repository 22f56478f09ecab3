import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EventList, PENDING_MAX, appendOlder, catchUp, emptyList, growsAtHead, listOf, receive, release, waitingCount,
} from '../../../server/web/kit/list/event-list.js'
import { passage } from './support/samples.js'

const seqs = (items: EventList['rows']): number[] => items.map((item) => item.seq)
const page = (counts: number[], older: string | null = null) => ({ items: counts.map((count) => passage(count)), older })

describe('a list that grows while it is read', () => {
  it('takes a new passage in at the head where nobody reads', () => {
    expect(seqs(receive(listOf(page([2, 1])), passage(3), false).rows)).toEqual([3, 2, 1])
  })

  it('counts it and moves nothing while held', () => {
    const list = receive(receive(listOf(page([2, 1])), passage(3), true), passage(4), true)
    expect([seqs(list.rows), seqs(list.pending), waitingCount(list)]).toEqual([[2, 1], [4, 3], { count: 2, more: false }])
    expect(seqs(release(list).rows)).toEqual([4, 3, 2, 1])
    expect(waitingCount(release(list)).count).toBe(0)
  })

  it('renews a passage in its place when its door answered, held or not, on the screen or waiting', () => {
    const silent = (count: number) => passage(count, { commandOutcome: null, commandLatencyMs: null })
    const shown = receive({ rows: [silent(2), silent(1)], pending: [silent(3)], older: null, gap: false }, passage(1), true)
    expect(shown.rows.map((item) => item.commandOutcome)).toEqual([null, 'executed'])
    const waiting = receive(shown, passage(3), true)
    expect([waiting.pending.length, waiting.pending[0]?.commandOutcome]).toEqual([1, 'executed'])
  })

  it('puts a late passage where it belongs, and leaves one below the last row to the pages', () => {
    const list = listOf({ items: [passage(9), passage(5)], older: 'cursor' })
    expect(seqs(receive(list, passage(7), false).rows)).toEqual([9, 7, 5])
    expect(receive(list, passage(2), false)).toBe(list)
    expect(seqs(receive({ ...list, older: null }, passage(2), false).rows)).toEqual([9, 5, 2])
  })

  it('orders passages of one instant by id, as the server does', () => {
    const atMs = passage(1).occurredAtMs
    const list = [passage(2, { occurredAtMs: atMs }), passage(1), passage(3, { occurredAtMs: atMs })].reduce((next, item) => receive(next, item, false), emptyList)
    expect(seqs(list.rows)).toEqual([3, 2, 1])
  })

  it('keeps a bounded number waiting and then says "more"', () => {
    let list = listOf(page([1]))
    for (let count = 2; count <= PENDING_MAX + 5; count++) list = receive(list, passage(count), true)
    expect([waitingCount(list), list.pending[0]?.seq]).toEqual([{ count: PENDING_MAX, more: true }, PENDING_MAX + 5])
  })

  it('never shows a passage twice, whatever arrives in whatever order', () => {
    const step = fc.record({ count: fc.integer({ min: 1, max: 30 }), held: fc.boolean() })
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const list = release(steps.reduce((next, { count, held }) => receive(next, passage(count), held), emptyList))
      const expected = [...new Set(steps.map((each) => each.count))].sort((a, b) => b - a)
      expect(seqs(list.rows)).toEqual(expected)
    }))
  })
})

describe('after the line was down', () => {
  it('joins what was missed where the newest page meets what is known', () => {
    const list = listOf(page([3, 2, 1], 'cursor'))
    const next = catchUp(list, page([5, 4, 3], 'newer'), false)
    expect([seqs(next.rows), next.gap, next.older]).toEqual([[5, 4, 3, 2, 1], false, 'cursor'])
  })

  it('says that there is a gap where it does not', () => {
    const next = catchUp(listOf(page([3, 2, 1], 'cursor')), page([90, 89], 'newer'), false)
    expect([seqs(next.rows), seqs(next.pending), waitingCount(next).more]).toEqual([[3, 2, 1], [90, 89], true])
  })

  it('keeps what was missed waiting while somebody reads', () => {
    const next = catchUp(listOf(page([3, 2], 'cursor')), page([4, 3], 'newer'), true)
    expect([seqs(next.rows), seqs(next.pending)]).toEqual([[3, 2], [4]])
  })
})

describe('older pages', () => {
  it('are added below without doubles', () => {
    const next = appendOlder(listOf(page([5, 4], 'a')), page([4, 3, 2], 'b'))
    expect([seqs(next.rows), next.older]).toEqual([[5, 4, 3, 2], 'b'])
  })
})

describe('sliding', () => {
  const rows = (counts: number[]) => counts.map((count) => passage(count))
  it('is for a few new rows at the head only', () => {
    expect(growsAtHead(rows([2, 1]), rows([3, 2, 1]))).toBe(true)
    expect(growsAtHead(rows([2, 1]), rows([2, 1, 0]))).toBe(false)
    expect(growsAtHead(rows([2, 1]), rows([9, 8]))).toBe(false)
    expect(growsAtHead([], rows([1]))).toBe(false)
    expect(growsAtHead(rows([1]), rows(Array.from({ length: 40 }, (_, index) => 40 - index)))).toBe(false)
  })
})
