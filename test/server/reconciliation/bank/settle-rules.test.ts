import { describe, expect, it } from 'vitest'
import { type Credit, type Owed, dueDate, poolDays, settle } from '../../../../server/reconciliation/bank/settle-rules.js'
import { likelyBills, suggestBills } from '../../../../server/reconciliation/bank/suggest-rules.js'

const HOLIDAYS = new Map<string, 'holiday' | 'workday'>([...[1, 2, 3, 4, 5, 6, 7].map((day) => [`2026-10-0${day}`, 'holiday'] as const), ['2026-10-10', 'workday']])
const owed = (billDate: string, netFen: number, due = '2026-09-24'): Owed => ({ channel: 'wechat', merchantId: '1900000109', billDate, netFen, dueDate: due })
const credit = (serial: string, fen: number, memo: string): Credit => ({ serial, date: '2026-09-23', fen, payer: '财付通', memo })
const NAMED = '1900000109-20260922结算款'

describe('settlements', () => {
  it.each([
    ['2026-09-22', 1, '2026-09-23'], ['2026-09-25', 1, '2026-09-28'], ['2026-09-30', 1, '2026-10-08'], ['2026-10-08', 2, '2026-10-10'], ['2026-09-22', 0, '2026-09-22'],
  ])('of %s after %i working days are due on %s', (date, days, due) => expect(dueDate(date, days, HOLIDAYS)).toBe(due))

  it.each([
    ['2026-09-22', ['2026-09-17', '2026-09-25']], ['2026-09-30', ['2026-09-25', '2026-10-10']], ['2026-10-08', ['2026-09-28', '2026-10-12']], ['2026-09-26', ['2026-09-23', '2026-09-30']],
  ])('what a bill of %s lacks may stand in those of %j', (date, days) => expect(poolDays(date, HOLIDAYS)).toEqual(days))

  it.each<[string, Owed[], Credit[], string, unknown[]]>([
    ['one credit', [owed('2026-09-22', 100)], [credit('a', 100, NAMED)], '2026-09-23', [['BANK_MATCHED_NET', 0]]],
    ['two credits for a day', [owed('2026-09-22', 100)], [credit('a', 60, NAMED), credit('b', 40, NAMED)], '2026-09-23', [['BANK_MATCHED_NET', 0]]],
    ['one credit for three days', [owed('2026-09-20', 10), owed('2026-09-21', 20), owed('2026-09-22', 30)], [credit('a', 60, NAMED)], '2026-09-23', [['BANK_MATCHED_NET', 0]]],
    ['a fen short', [owed('2026-09-22', 100)], [credit('a', 99, NAMED)], '2026-09-23', [['SETTLEMENT_SHORT', -1]]],
    ['a fen over', [owed('2026-09-22', 100)], [credit('a', 101, NAMED)], '2026-09-23', [['SETTLEMENT_OVER', 1]]],
    ['nothing, before its day', [owed('2026-09-22', 100)], [], '2026-09-24', [['in-transit', 0]]],
    ['nothing, past its day', [owed('2026-09-22', 100)], [], '2026-09-25', [['SETTLEMENT_MISSING', -100]]],
    ['the right amount without its name', [owed('2026-09-22', 100)], [credit('a', 100, '转账')], '2026-09-25', [['SETTLEMENT_MISSING', -100]]],
  ])('%s', (_, days, credits, today, expected) => {
    expect(settle(days, credits, today).settled.map(({ code, differenceFen }) => [code, differenceFen])).toEqual(expected)
    expect(settle(days, [...credits].reverse(), today)).toEqual(settle(days, credits, today))
  })

  it('a credit that names nothing stays for people', () => {
    expect(settle([], [credit('x', 12_480, 'E08-B1-0303 9月房租')], '2026-09-23').left.map(({ serial }) => serial)).toEqual(['x'])
  })
})

describe('whose transfer it may be', () => {
  const bill = (billId: string, unitLabel: string, openFen: number) => ({ billId, householdId: `h-${billId}`, label: billId, unitLabel, openFen, dueDate: '2026-09-24' })
  it('amount, room and name count, and the likeliest comes first', () => {
    const transfer = { fen: 12_480, date: '2026-09-23', payer: '张某某', memo: 'E08-B1-0303 9月房租' }
    const found = suggestBills(transfer, likelyBills([bill('a', 'E08-B1-0303', 12_480), bill('b', 'E08-B1-0304', 12_480), bill('c', 'E01-B1-0101', 100)]), (id) => (id === 'h-b' ? ['张某某'] : []))
    expect(found.map(({ billId, score }) => [billId, score])).toEqual([['a', 80], ['b', 70]])
  })
})
