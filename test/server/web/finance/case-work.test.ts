import { describe, expect, it } from 'vitest'
import { ACCOUNTS } from '../../../../server/ledger/chart.js'
import { CLASSES } from '../../../../server/reconciliation/classes.js'
import { ACTIONS } from '../../../../server/reconciliation/case/case-actions.js'
import { acceptanceOf } from '../../../../server/web/finance/reconcile/case-moves.js'
import { groupsOf, nextToDo, stepped } from '../../../../server/web/finance/reconcile/case-order.js'
import { sideLines, sidesOf } from '../../../../server/web/finance/reconcile/case-sides.js'
import { dayFigures } from '../../../../server/web/finance/reconcile/day-figures.js'
import { fenOf, yuanOf } from '../../../../server/web/finance/parts/yuan.js'
import type { CaseSums, ChannelBill, DifferenceCase } from '../../../../server/web/kit/api/finance-types.js'
import type { User } from '../../../../server/web/kit/api/types.js'
import { zhCn } from '../../../../server/web/kit/words/zh-cn.js'

const difference = (caseId: string, change: Partial<DifferenceCase> = {}): DifferenceCase => ({
  caseId, leg: 1, channel: 'wechat', merchantId: '1900000109', bizDate: '2026-09-22', estateId: 'jh', classCode: 'LOCAL_ONLY', reference: `RT${caseId}`, orderNo: `RT${caseId}`, transactionId: null,
  billId: null, batchNo: 1, line: null, riskFen: 100, differenceFen: -100, theirs: null, ours: null, state: 'open', proposal: null, suggestion: null, foundAtMs: 1, changedAtMs: 1, checkers: 1,
  head: false, ...change,
})
const user = (userId: string, ...roles: string[]): User => ({ userId, loginName: userId, displayName: userId, grants: roles.map((role) => ({ role, estateId: '*' })) })
const proposedBy = (makerId: string, approvals: string[] = []): Partial<DifferenceCase> =>
  ({ state: 'proposed', proposal: { action: 'accept', reason: 'x', makerId, atMs: 1, approvals: approvals.map((by) => ({ by, atMs: 1, head: false })) } })

describe('what the one key does', () => {
  it.each([
    ['a maker proposes', difference('1'), user('m', 'finance-maker'), { can: 'propose' }],
    ['a checker agrees to what somebody else proposed', difference('1', proposedBy('m')), user('c', 'finance-checker'), { can: 'approve' }],
    ['nobody agrees to his own', difference('1', proposedBy('m')), user('m', 'finance-maker', 'finance-checker'), { cannot: 'own' }],
    ['nobody agrees twice', difference('1', proposedBy('m', ['c'])), user('c', 'finance-checker'), { cannot: 'agreed' }],
    ['an auditor does nothing', difference('1'), user('a', 'auditor'), { cannot: 'role' }],
    ['what is done is done', difference('1', { state: 'approved' }), user('m', 'finance-maker'), { cannot: 'done' }],
  ])('%s', (_name, one, who, expected) => expect(acceptanceOf(one, who)).toEqual(expected))
})

describe('the list', () => {
  const cases = [
    difference('1', { riskFen: 5 }), difference('2', { riskFen: 900 }), difference('3', { classCode: 'FEE_MISMATCH', riskFen: 2_000 }), difference('4', { classCode: 'CROSS_DAY', riskFen: 0, bizDate: '2026-09-20' }),
  ]
  const shown = (...args: Parameters<typeof groupsOf>): string[] => groupsOf(...args).map((group) => `${group.classCode} ${group.cases.map((one) => one.caseId).join(',')} ${group.riskFen}`)

  it('is by class, most money first, and holds its order while states change', () => {
    const expected = ['FEE_MISMATCH 3 2000', 'LOCAL_ONLY 2,1 905', 'CROSS_DAY 4 0']
    expect(shown(cases, 'to-do', '')).toEqual(expected)
    expect(shown(cases.map((one) => ({ ...one, ...proposedBy('m') })).reverse(), 'to-do', '')).toEqual(expected)
  })

  it('is narrowed by a counter and by part of a number', () => {
    expect(shown(cases, 'at-risk', '')).toEqual(['FEE_MISMATCH 3 2000', 'LOCAL_ONLY 2,1 905'])
    expect(shown(cases, 'to-do', ' rt2 ')).toEqual(['LOCAL_ONLY 2 900'])
  })

  it('goes on to the next that can be done, from the top again after the last', () => {
    expect([stepped(cases, '2', 1)?.caseId, stepped(cases, '4', 1)?.caseId, stepped(cases, '1', -1)?.caseId, stepped(cases, 'x', 1)?.caseId]).toEqual(['3', '4', '1', '1'])
    const open = (one: DifferenceCase): boolean => ['1', '3'].includes(one.caseId)
    expect([nextToDo(cases, '1', open)?.caseId, nextToDo(cases, '3', open)?.caseId, nextToDo(cases, '1', () => false)]).toEqual(['3', '1', undefined])
  })
})

describe('the two rows', () => {
  it('are of two bills, of a bill and our records, of bank and settlement, or of what should be booked and is', () => {
    expect([{ leg: 1, line: 7 }, { leg: 2, line: 7 }, { leg: 2, line: null }, { leg: 3, line: null }].map(sidesOf)).toEqual(['bill', 'fund', 'bank', 'books'])
    const fund = { theirs: { flowNo: 'F1', fen: 90, feeFen: 1, atMs: 5 }, ours: { fen: 100, feeFen: 2, atMs: 6 }, classCode: 'SETTLEMENT_SHORT' }
    expect(sideLines(fund).map(({ name, theirs, ours, known }) => [name, theirs, ours, known])).toEqual([
      ['fen', 90, 100, true], ['fee', 1, 2, true], ['paidAt', 5, 6, true], ['flowNo', 'F1', null, true],
    ])
  })

  const marked = (one: Parameters<typeof sideLines>[0]): string[] => sideLines(one).filter((line) => line.differs).map((line) => line.name)
  const theirs = { outTradeNo: 'RT1', transactionId: '42', fen: 100, feeFen: 1, dueFeeFen: 1, state: 'succeeded', atMs: Date.parse('2026-09-22T00:00:05+08:00') }
  const ours = { outTradeNo: 'RT1', transactionId: '42', fen: 100, paidFen: 100, prepaidFen: 0, state: 'paid', paidAtMs: Date.parse('2026-09-22T00:00:06+08:00') }

  it('mark nothing where both say the same in their own words', () => expect(marked({ theirs, ours, classCode: 'MATCHED' })).toEqual([]))
  it.each([
    ['the amount', { fen: 101 }, {}, ['fen']], ['the state', {}, { state: 'paying' }, ['state']], ['the order', {}, { outTradeNo: 'RT2' }, ['orderNo']],
    ['the day, by Jiangmen time', { atMs: Date.parse('2026-09-21T23:59:59+08:00') }, {}, ['paidAt']],
  ])('mark %s', (_name, at, here, expected) => expect(marked({ theirs: { ...theirs, ...at }, ours: { ...ours, ...here }, classCode: 'AMOUNT_MISMATCH' })).toEqual(expected))
  it('put the charge that is due beside the one that was taken', () => {
    const line = sideLines({ theirs: { ...theirs, feeFen: 175, dueFeeFen: 75 }, ours: null, classCode: 'FEE_MISMATCH' }).find(({ name }) => name === 'fee')
    expect(line).toMatchObject({ theirs: 175, ours: 75, differs: true })
  })
  it('show what the page has no words for under the name that it has', () => {
    expect(sideLines({ theirs: { bankFen: 1 }, ours: { bankFen: 2 }, classCode: 'SETTLEMENT_SHORT' })).toEqual([{ name: 'bankFen', known: false, kind: 'money', theirs: 1, ours: 2, differs: true }])
  })
})

describe('the day', () => {
  const none: CaseSums = { items: [], settled: 0, toDo: 0, atRiskFen: 0, leftFen: 0 }
  const bill = (change: Partial<ChannelBill> = {}): ChannelBill => ({
    batchNo: 1, channel: 'wechat', merchantId: '1900000109', billDate: '2026-09-22', kind: 'trade', version: 1, state: 'matched', source: 'upload', fileName: 'a.csv', finding: null, nextTryAtMs: null, changedAtMs: 1,
    figures: {
      bill: { trade: { rows: 3, payments: 3, refunds: 0, grossFen: 1_000, refundFen: 0, feeFen: 6, netFen: 994 }, fund: null }, gapFen: 0,
      match: { local: { payments: 3, paidFen: 900, refunds: 0, refundFen: 0 }, voided: { paidFen: 0, refundFen: 0 }, classes: {}, digest: '' },
    }, ...change,
  })
  it('is tied only where something was compared and nothing is left', () => {
    expect(dayFigures([], [none, none, none])).toMatchObject({ tied: false })
    expect(dayFigures([bill()], [{ ...none, toDo: 1, leftFen: 60 }, none, none])).toMatchObject({ tied: false, leftFen: 60, rows: 3, legs: [{ theirsFen: 1_000, oursFen: 900, explainedFen: 40, leftFen: 60 }, {}, {}] })
    expect(dayFigures([bill()], [{ ...none, settled: 1 }, none, none])).toMatchObject({ tied: true })
  })
  it.each([
    ['a difference of no amount', [bill()], { ...none, toDo: 1 }], ['figures that do not add up', [bill({ figures: { ...bill().figures as NonNullable<ChannelBill['figures']>, gapFen: 1 } })], none],
    ['a bill that has not come', [bill(), bill({ state: 'waiting', figures: null })], none],
  ])('is not tied with %s', (_name, bills, sums) => expect(dayFigures(bills, [sums, none, none]).tied).toBe(false))
  it('leaves out bills that a later version replaced', () => expect(dayFigures([bill(), bill({ state: 'replaced' })], [none, none, none]).rows).toBe(3))
})

describe('words', () => {
  it('of classes, ways out and accounts are those of the server', () => {
    expect(zhCn.ledger.account).toEqual(Object.fromEntries(Object.entries(ACCOUNTS).map(([account, { name }]) => [account, name])))
    expect(zhCn.recon.class).toEqual(Object.fromEntries(Object.entries(CLASSES).map(([code, { name, why }]) => [code, { name, why }])))
    expect(zhCn.recon.action).toEqual(Object.fromEntries(Object.entries(ACTIONS).map(([action, { name }]) => [action, name])))
  })
})

describe('an amount that somebody typed', () => {
  it.each([['12', 1_200], ['¥1,234.5', 123_450], ['0.07', 7], ['1.234', undefined], ['-1', undefined], ['', undefined]])('%s', (text, fen) => expect(fenOf(text)).toBe(fen))
  it('is written back as it was', () => expect([yuanOf(123_450), fenOf(yuanOf(7))]).toEqual(['1234.50', 7]))
})
