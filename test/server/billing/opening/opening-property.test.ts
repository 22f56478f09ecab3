import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'
import { householdBalance, verifyLedger } from '../../../../server/ledger/ledger-service.js'
import type { Cell } from '../../household/import/workbooks.js'
import { startOpening } from './opening-rig.js'

const RUNS = 5
const fen = fc.integer({ min: 0, max: 1_000_000_00 })
const yuan = (amount: number): Cell => (amount === 0 ? null : amount / 100)
const card = fc.record({
  prepaid: fen, deposit: fen,
  months: fc.uniqueArray(fc.record({ month: fc.integer({ min: 1, max: 8 }), rent: fen, late: fen }), { selector: (each) => each.month, maxLength: 4 }),
})

it('after the signature the trial balance is 0 and each household has what its rows said; taken back, nothing is left', async () => {
  const rig = await startOpening(3)
  onTestFinished(() => rig.server.close())
  const { read } = rig.server.db
  await fc.assert(fc.asyncProperty(fc.array(card, { minLength: 3, maxLength: 3 }), async (cards) => {
    const wanted = cards.map(({ prepaid, deposit, months }) => ({ prepaid, deposit, months: months.filter((each) => each.rent + each.late > 0) }))
    if (wanted.every(({ prepaid, deposit, months }) => prepaid + deposit + months.length === 0)) return
    const file = await rig.fileOf(
      wanted.flatMap(({ prepaid, deposit }, at): Cell[][] => (prepaid + deposit === 0 ? [] : [[rig.noOf(at), null, null, '陈大文', yuan(prepaid), yuan(deposit)]])),
      wanted.flatMap(({ months }, at) => months.map(({ month, rent, late }): Cell[] => [rig.noOf(at), null, null, '陈大文', `2026-0${month}`, yuan(rent), yuan(late), null])),
    )
    const openingId = await rig.take(file)
    const transfers = await read.ledgerTransfer.findMany()
    const net = (householdId: string, account: string): number => transfers.filter((row) => row.householdId === householdId)
      .reduce((sum, row) => sum + (row.debit === account ? Number(row.amountFen) : 0) - (row.credit === account ? Number(row.amountFen) : 0), 0)
    for (const [at, { prepaid, deposit, months }] of wanted.entries()) {
      const householdId = rig.householdIds[at] as string
      expect([net(householdId, 'rent-receivable'), net(householdId, 'late-charge-receivable')]).toEqual([
        months.reduce((sum, each) => sum + each.rent, 0), months.reduce((sum, each) => sum + each.late, 0),
      ])
      expect([await householdBalance(read, 'prepayment', householdId), await householdBalance(read, 'deposit', householdId)]).toEqual([prepaid, deposit])
      const open = (await read.billPart.findMany({ where: { householdId, openFen: { gt: 0 } } })).reduce((sum, part) => sum + Number(part.openFen), 0)
      expect(open).toBe(months.reduce((sum, each) => sum + each.rent + each.late, 0))
    }
    expect((await rig.books())['opening']).toBeUndefined()
    expect((await rig.act(rig.maker, openingId, 'reversal', { reason: '重来' })).status).toBe(200)
    expect((await rig.act(rig.checker, openingId, 'reversal-decision', { decision: 'agree' })).status).toBe(200)
    expect(await rig.books()).toEqual({})
  }), { numRuns: RUNS, seed: 20_260_831 })
  expect(await verifyLedger(read)).toMatchObject({ brokenAtSeq: null, wrongSums: 0 })
})
