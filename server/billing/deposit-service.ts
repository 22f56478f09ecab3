import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { estateOfHousehold } from '../household/household-register.js'
import { householdBalance, post } from '../ledger/ledger-service.js'
import type { MoneyPlace } from '../ledger/posting-rules.js'
import { sumFen } from '../money/fen.js'
import { payableBillsOfHousehold, takePayment } from './bill-register.js'
import * as rows from './deposit-repository.js'
import { monthlyRentFen, policyOn } from './rent-drafts.js'

/** Where a deposit's money is, but for channels that it is never paid by. */
export interface DepositPlace {
  readonly account: 'cash' | 'bank' | 'transit-pos'
  readonly of: string
}
export interface NewDeposit {
  readonly fen: number
  readonly into: DepositPlace
  readonly reference: string
  readonly reason: string
}
export interface DepositWish {
  readonly fen: number
  /** Given back from there, or set against this bill. */
  readonly from: DepositPlace | null
  readonly billId: string | null
  readonly reference: string
  readonly reason: string
}

export interface DepositService {
  card(householdId: string): Promise<{ balanceFen: number; limitFen: number | null; moves: rows.DepositMove[] }>
  estateOfMove(moveId: string): Promise<string | undefined>
  /**
   * Takes a deposit in, up to the months of rent that the policy allows (广东省城镇房屋租赁条例 art. 15: three).
   * @throws AppError SV_BILLING_DEPOSIT that names the field, SV_HTTP_NOT_FOUND
   */
  receive(by: string, householdId: string, deposit: NewDeposit): Promise<{ moveId: string }>
  /** Asks to give it back, or to set it against a bill. @throws AppError SV_BILLING_DEPOSIT, SV_HTTP_NOT_FOUND */
  propose(by: string, householdId: string, wish: DepositWish): Promise<{ moveId: string }>
  /** @throws AppError SV_BILLING_SAME_PERSON, SV_BILLING_DECIDED, SV_BILLING_DEPOSIT, SV_HTTP_NOT_FOUND */
  decide(by: string, moveId: string, decision: 'approve' | 'reject'): Promise<void>
}

const no = (field: string, problem: string, facts: Record<string, unknown> = {}) => fail('SV_BILLING_DEPOSIT', { field, problem, ...facts })

/** The most that a household may have deposited; null where its estate has no terms yet. */
async function limitFen(read: Tx, estateId: string, householdId: string, date: string): Promise<number | null> {
  const policy = await policyOn(read, estateId, date)
  return policy === undefined ? null : policy.depositMonthsMax * await monthlyRentFen(read, estateId, householdId, date, policy)
}

/** What stands in proposals is spoken for. */
async function freeFen(tx: Tx, householdId: string): Promise<number> {
  const pending = (await rows.movesOf(tx, householdId)).filter((move) => move.state === 'proposed')
  return await householdBalance(tx, 'deposit', householdId) - sumFen(pending.map((move) => move.fen))
}

async function carryOut(change: Change, move: rows.DepositMove): Promise<void> {
  const { moveId, estateId, householdId, fen, billId, account, accountOf } = move
  const common = { estateId, causeRef: moveId, bizDate: civilDateOf(change.atMs), memo: move.reference }
  if (await householdBalance(change.tx, 'deposit', householdId) < fen) throw no('fen', 'is more than is deposited')
  if (billId !== null) {
    const parts = await takePayment(change, { billId, fen })
    if (sumFen(parts.map((part) => part.fen)) !== fen) throw no('fen', 'is more than is open of the bill')
    await post(change, [{ ...common, event: { kind: 'deposit-applied', parts } }])
    return
  }
  if ((await payableBillsOfHousehold(change.tx, householdId)).length > 0) throw no('householdId', 'owes rent: that is settled first')
  await post(change, [{ ...common, event: { kind: 'deposit-returned', from: { account, of: accountOf } as MoneyPlace, householdId, fen } }])
}

/** Deposits of households: kept apart from rent, never the treasury's. */
export function createDepositService(deps: { read: Tx; change: RunChange; ids: IdSource; today: () => string }): DepositService {
  const { read, change, ids } = deps
  const estateOf = async (tx: Tx, householdId: string): Promise<string> => {
    const estateId = await estateOfHousehold(tx, householdId)
    if (estateId === undefined) throw fail('SV_HTTP_NOT_FOUND')
    return estateId
  }
  return {
    async card(householdId) {
      const estateId = await estateOf(read, householdId)
      const [balanceFen, moves] = [await householdBalance(read, 'deposit', householdId), await rows.movesOf(read, householdId)]
      return { balanceFen, limitFen: await limitFen(read, estateId, householdId, deps.today()), moves }
    },
    estateOfMove: async (moveId) => (await rows.findMove(read, moveId))?.estateId,
    receive: (by, householdId, { fen, into, reference, reason }) => change(by, async (one) => {
      const estateId = await estateOf(one.tx, householdId)
      const date = civilDateOf(one.atMs)
      const limit = await limitFen(one.tx, estateId, householdId, date)
      if (limit === null) throw no('householdId', 'is of an estate whose terms of rent are not set')
      const balanceFen = await householdBalance(one.tx, 'deposit', householdId)
      if (balanceFen + fen > limit) throw no('fen', 'is more than the months of rent that may be deposited', { limitFen: limit, balanceFen })
      const moveId = ids.uuid()
      await rows.addMove(one.tx, {
        moveId, estateId, householdId, kind: 'received', fen, account: into.account, accountOf: into.of, billId: null, reason, reference, state: 'done', makerId: by,
        createdAtMs: one.atMs,
      })
      await post(one, [{ estateId, causeRef: moveId, bizDate: date, memo: reference, event: { kind: 'deposit-received', into, householdId, fen } }])
      await one.audit({ action: 'deposit.receive', subject: `household:${householdId}`, estateId, after: { moveId, fen } })
      return { moveId }
    }),
    propose: (by, householdId, { fen, from, billId, reference, reason }) => change(by, async (one) => {
      const estateId = await estateOf(one.tx, householdId)
      if ((from === null) === (billId === null)) throw no('billId', 'either a bill, or where the money goes from')
      const free = await freeFen(one.tx, householdId)
      if (fen > free) throw no('fen', 'is more than is deposited', { freeFen: free })
      const moveId = ids.uuid()
      const kind = billId === null ? 'returned' : 'applied'
      await rows.addMove(one.tx, {
        moveId, estateId, householdId, kind, fen, account: from?.account ?? null, accountOf: from?.of ?? null, billId, reason, reference, state: 'proposed', makerId: by,
        createdAtMs: one.atMs,
      })
      await one.audit({ action: 'deposit.propose', subject: `household:${householdId}`, estateId, after: { moveId, kind, fen } })
      return { moveId }
    }),
    decide: (by, moveId, decision) => change(by, async (one) => {
      const move = await rows.findMove(one.tx, moveId)
      if (move === null) throw fail('SV_HTTP_NOT_FOUND')
      if (move.makerId === by) throw fail('SV_BILLING_SAME_PERSON', { field: 'moveId' })
      const state = decision === 'approve' ? 'done' : 'refused'
      if (!await rows.decideMove(one.tx, moveId, { state, checkerId: by, decidedAtMs: one.atMs })) throw fail('SV_BILLING_DECIDED', { state: move.state })
      if (decision === 'approve') await carryOut(one, move)
      await one.audit({ action: `deposit.${decision}`, subject: `household:${move.householdId}`, estateId: move.estateId, after: { moveId, fen: move.fen } })
    }),
  }
}
