import { describe, expect, it } from 'vitest'
import { type BookEntry, type StatementLine, bankStatement } from '../../../../server/reconciliation/statement/statement-rules.js'

const DAY = '2026-09-24'
const line = (serial: string, fen: number, balanceFen: number, more: Partial<StatementLine> = {}): StatementLine =>
  ({ serial, date: '2026-09-23', fen, balanceFen, memo: `memo ${serial}`, matchedWith: null, ...more })
const entry = (cause: string, causeRef: string, fen: number, more: Partial<BookEntry> = {}): BookEntry => ({ cause, causeRef, date: '2026-09-23', fen, memo: null, ...more })
const settled = (day: string, estate: string, fen: number): BookEntry => entry('settled', `wechat:1900000109:${day}:${estate}`, fen)
const OPENED = entry('opened', 'o', 1_000)

describe('余额调节表', () => {
  it('a settlement of several days and estates in one credit, and one day in two credits, are tied out', () => {
    const lines = [
      line('S1', 300, 1_300, { matchedWith: 'wechat 1900000109 2026-09-21' }), line('S2', 60, 1_360, { matchedWith: 'wechat 1900000109 2026-09-22' }),
      line('S3', 40, 1_400, { matchedWith: 'wechat 1900000109 2026-09-22' }),
    ]
    const entries = [OPENED, settled('2026-09-20', 'jh', 100), settled('2026-09-20', 'xh', 50), settled('2026-09-21', 'jh', 150), settled('2026-09-22', 'jh', 110), settled('2026-09-22', 'xh', -10)]
    expect(bankStatement(DAY, lines, entries)).toEqual({
      date: DAY, bankFen: 1_400, bookFen: 1_400, openingFen: 0, missingFen: 0, bankOnly: [], bookOnly: [], adjustedBankFen: 1_400, adjustedBookFen: 1_400, leftFen: 0,
    })
  })

  it('what one side alone has is listed with its sign, and both balances adjusted by it are equal', () => {
    const lines = [line('S1', 500, 1_500), line('S2', -30, 1_470), line('V1', -200, 1_270)]
    const entries = [OPENED, entry('handed-over', 'v-1', -200, { memo: 'V1' }), entry('handed-over', 'v-2', -70, { memo: 'V2' }), settled('2026-09-22', 'jh', 90)]
    expect(bankStatement(DAY, lines, entries)).toEqual({
      date: DAY, bankFen: 1_270, bookFen: 820, openingFen: 0, missingFen: 0,
      bankOnly: [{ date: '2026-09-23', reference: 'S1', fen: 500, text: 'memo S1' }, { date: '2026-09-23', reference: 'S2', fen: -30, text: 'memo S2' }],
      bookOnly: [{ date: '2026-09-23', reference: 'V2', fen: -70, text: 'handed-over' }, { date: '2026-09-23', reference: 'wechat:1900000109:2026-09-22:jh', fen: 90, text: 'settled' }],
      adjustedBankFen: 1_290, adjustedBookFen: 1_290, leftFen: 0,
    })
  })

  it('a line that is missing from the statements and an opening that nobody took over stay unexplained', () => {
    const gap = bankStatement(DAY, [line('S1', 5, 1_005, { date: '2026-09-21' }), line('S3', 5, 1_017)], [OPENED, entry('paid', 'x', 5, { memo: 'S1' }), entry('paid', 'y', 5, { memo: 'S3' })])
    expect([gap.openingFen, gap.missingFen, gap.leftFen]).toEqual([0, 7, 7])
    const opening = bankStatement(DAY, [line('S1', 5, 1_005)], [entry('paid', 'x', 5, { memo: 'S1' })])
    expect([opening.openingFen, opening.missingFen, opening.leftFen]).toEqual([1_000, 0, 1_000])
  })

  it('serial numbers of a day need not be in the order of its lines', () => {
    const lines = [line('A', 10, 1_030), line('B', 20, 1_020), line('C', -25, 1_005)]
    expect(bankStatement(DAY, lines, [OPENED, entry('paid', 'a', 10, { memo: 'A' }), entry('paid', 'b', 20, { memo: 'B' }), entry('paid', 'c', -25, { memo: 'C' })]))
      .toMatchObject({ bankFen: 1_005, openingFen: 0, leftFen: 0 })
    const asItBegan = [line('A', 10, 1_010), line('B', -10, 1_000)]
    expect(bankStatement(DAY, asItBegan, [OPENED, entry('paid', 'a', 10, { memo: 'A' }), entry('paid', 'b', -10, { memo: 'B' })])).toMatchObject({ bankFen: 1_000, leftFen: 0 })
    expect(bankStatement(DAY, [], [])).toMatchObject({ bankFen: 0, bookFen: 0, leftFen: 0 })
  })
})
