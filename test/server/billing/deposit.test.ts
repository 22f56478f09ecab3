import { describe, expect, it, onTestFinished } from 'vitest'
import { balances, verifyLedger } from '../../../server/ledger/ledger-service.js'
import { registerOf } from '../support/register.js'
import { startTestServer } from '../support/test-server.js'

async function start() {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const register = registerOf(server)
  const { billing } = register
  const { householdId, billId } = await billing.bill('jh')
  const [cashier, maker, checker] = [await server.as('cashier@jh'), await server.as('finance-maker@jh'), await server.as('finance-checker@jh')]
  const call = (as: string, path: string, body: unknown) => server.call('POST', path, { as, body })
  const card = async () => (await server.call('GET', `/api/households/${householdId}/deposit`, { as: maker })).body as { balanceFen: number; limitFen: number; moves: Array<Record<string, unknown>> }
  const into = { account: 'bank', of: 'deposits-1' }
  return {
    server, billId, card, cashier, maker, checker,
    receive: (fen: number) => call(cashier, `/api/households/${householdId}/deposit`, { fen, into, reference: 'S-1', reason: '入住押金' }),
    propose: (fen: number, more: object) => call(maker, `/api/households/${householdId}/deposit-proposals`, { fen, from: null, billId: null, reference: 'S-2', reason: '退租', ...more }),
    decide: (as: string, moveId: unknown, decision = 'approve') => call(as, `/api/deposit-moves/${String(moveId)}/decision`, { decision }),
    balance: async (account: string) => (await balances(server.db.read, ['jh'], '2099-12-31')).filter((row) => row.account === account).reduce((sum, row) => sum + row.balanceFen, 0),
    into,
  }
}

describe('a deposit', () => {
  it('is at most three months\' rent, goes back once nothing is owed, or pays the last bill, by two persons', async () => {
    const rig = await start()
    const { limitFen } = await rig.card()
    expect(limitFen).toBeGreaterThan(0)
    expect((await rig.receive(limitFen + 1)).body).toMatchObject({ code: 'SV_BILLING_DEPOSIT', details: { field: 'fen', limitFen } })
    expect((await rig.receive(limitFen)).status).toBe(201)
    expect((await rig.receive(1)).status).toBe(409)
    expect([await rig.balance('deposit'), await rig.balance('bank'), (await rig.card()).balanceFen]).toEqual([limitFen, limitFen, limitFen])

    expect((await rig.propose(limitFen + 1, { from: rig.into })).status).toBe(409)
    expect((await rig.propose(1, { from: rig.into, billId: rig.billId })).body).toMatchObject({ details: { field: 'billId' } })
    const back = (await rig.propose(limitFen, { from: rig.into })).body as { moveId: string }
    // What is proposed is spoken for; and rent that is owed comes first.
    expect((await rig.propose(1, { billId: rig.billId })).body).toMatchObject({ details: { field: 'fen', freeFen: 0 } })
    expect((await rig.decide(rig.checker, back.moveId)).body).toMatchObject({ code: 'SV_BILLING_DEPOSIT', details: { field: 'householdId' } })
    expect((await rig.decide(rig.checker, back.moveId, 'reject')).status).toBe(200)

    const owed = await rig.balance('rent-receivable')
    const applied = (await rig.propose(owed, { billId: rig.billId })).body as { moveId: string }
    expect((await rig.decide(rig.checker, applied.moveId)).status).toBe(200)
    expect((await rig.decide(rig.checker, applied.moveId)).body).toMatchObject({ code: 'SV_BILLING_DECIDED' })
    expect([await rig.balance('rent-receivable'), await rig.balance('deposit'), await rig.balance('to-hand-over')]).toEqual([0, limitFen - owed, owed])

    const rest = (await rig.propose(limitFen - owed, { from: rig.into })).body as { moveId: string }
    expect((await rig.decide(rig.checker, rest.moveId)).status).toBe(200)
    expect([await rig.balance('deposit'), await rig.balance('bank'), (await rig.card()).moves.map((move) => `${String(move['kind'])} ${String(move['state'])}`).sort()])
      .toEqual([0, owed, ['applied done', 'received done', 'returned done', 'returned refused']])
    expect((await verifyLedger(rig.server.db.read)).brokenAtSeq).toBeNull()
  })
})
