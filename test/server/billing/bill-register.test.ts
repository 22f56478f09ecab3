import { describe, expect, it } from 'vitest'
import { giveBack, payableBill, payableBillsOfHousehold, takePayment } from '../../../server/billing/bill-register.js'
import { tempDatabase } from '../support/temp-database.js'

const base = { estateId: 'jh', householdId: 'h1' }

async function bills() {
  const db = await tempDatabase()
  const add = (billId: string, dueDate: string, rentFen: number, lateFen = 0): Promise<void> => db.transact(async (tx) => {
    await tx.bill.create({ data: {
      ...base, billId, kind: 'rent', period: dueDate.slice(0, 7), label: `公租房租金 ${dueDate.slice(0, 7)}`, unitLabel: '3栋 502', fromDate: dueDate, untilDate: dueDate,
      issuedOn: dueDate, dueDate, totalFen: rentFen + lateFen, issuedAtMs: 1,
    } })
    for (const [receivable, fen] of [['late-charge-receivable', lateFen], ['rent-receivable', rentFen]] as const) {
      if (fen > 0) await tx.billPart.create({ data: { ...base, billId, receivable, dueDate, issuedFen: fen, openFen: fen } })
    }
  })
  return {
    db, add,
    take: (billId: string, fen: number) => db.transact((tx) => takePayment({ tx }, { billId, fen })),
    open: async (billId: string) => (await payableBill(db.read, billId))?.outstanding.map(({ receivable, fen }) => [receivable, fen]),
  }
}

describe('a payment for a bill', () => {
  it('goes to the rent before the late charge, and never takes more than is open', async () => {
    const { add, take, open, db } = await bills()
    await add('b1', '2026-09-10', 12_480, 20)
    expect(await take('b1', 12_490)).toEqual([
      { billId: 'b1', householdId: 'h1', receivable: 'rent-receivable', fen: 12_480 }, { billId: 'b1', householdId: 'h1', receivable: 'late-charge-receivable', fen: 10 },
    ])
    expect(await open('b1')).toEqual([['late-charge-receivable', 10]])
    expect(await take('b1', 500)).toEqual([{ billId: 'b1', householdId: 'h1', receivable: 'late-charge-receivable', fen: 10 }])
    expect(await take('b1', 500)).toEqual([])
    expect((await payableBill(db.read, 'b1'))?.state).toBe('settled')
  })

  it('that is given back is owed again, and not more than was paid', async () => {
    const { add, take, open, db } = await bills()
    await add('b1', '2026-09-10', 1_000)
    const parts = await take('b1', 600)
    await db.transact((tx) => giveBack({ tx }, { billId: 'b1', parts }))
    expect(await open('b1')).toEqual([['rent-receivable', 1_000]])
    await expect(db.transact((tx) => giveBack({ tx }, { billId: 'b1', parts }))).rejects.toMatchObject({ code: 'SV_BILLING_GIVE_BACK' })
    expect(await open('b1')).toEqual([['rent-receivable', 1_000]])
  })

  it('of two at once takes what is there once', async () => {
    const { add, take } = await bills()
    await add('b1', '2026-09-10', 1_000)
    const taken = await Promise.all([take('b1', 1_000), take('b1', 1_000), take('b1', 1_000)])
    expect(taken.flat().reduce((sum, part) => sum + part.fen, 0)).toBe(1_000)
  })

  it('is refused for no bill and for no amount', async () => {
    const { add, take } = await bills()
    await add('b1', '2026-09-10', 1_000)
    await expect(take('nothing', 1)).rejects.toMatchObject({ code: 'SV_BILLING_UNKNOWN' })
    for (const fen of [0, -1, 0.5, Number.NaN]) await expect(take('b1', fen)).rejects.toThrow(RangeError)
  })
})

it('open bills of a household come by due day, and paid ones not at all', async () => {
  const { add, take, db } = await bills()
  await add('b2', '2026-10-10', 500)
  await add('b1', '2026-09-10', 400)
  await add('b0', '2026-08-10', 300)
  await take('b0', 300)
  expect((await payableBillsOfHousehold(db.read, 'h1')).map(({ billId, state, outstanding }) => [billId, state, outstanding.length])).toEqual([['b1', 'open', 1], ['b2', 'open', 1]])
  expect(await payableBillsOfHousehold(db.read, 'h2')).toEqual([])
  expect(await payableBill(db.read, 'nothing')).toBeNull()
})
