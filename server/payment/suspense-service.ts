import type { RandomSource } from '#kernel/random.js'
import type { Change, RunChange } from '../audit/change.js'
import { payableBill, takePayment } from '../billing/bill-register.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { civilDateOf } from '../household/civil-date-rules.js'
import { estateOfHousehold } from '../household/household-register.js'
import { post } from '../ledger/ledger-service.js'
import { sumFen } from '../money/fen.js'
import { CHANNELS } from './channel/channel-port.js'
import { findOrder, moveOrder, settleSuspense } from './order-repository.js'
import { NO_ESTATE } from './payment-taking.js'
import { insertAgreedRefund } from './refund-repository.js'
import { type Resolution, type SuspenseItem, findSuspense, moneyPlaceOf, moveSuspense, moveSuspenseEstate } from './suspense-repository.js'
import { newTradeNumber } from './trade-number.js'

export interface SuspenseService {
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_SUSPENSE where the bill or household is not of its estate, or it is proposed already */
  propose(by: string, suspenseId: string, resolution: Resolution): Promise<void>
  /**
   * Another person than the proposer decides: applied at once, sent back by the channel that it came by, or to be paid out at the desk.
   * @returns the number of the refund where it goes back by a channel
   * @throws AppError SV_HTTP_NOT_FOUND, SV_PAYMENT_SUSPENSE, SV_PAYMENT_REFUND_SELF
   */
  decide(by: string, suspenseId: string, decision: 'approve' | 'reject'): Promise<{ outRefundNo: string | null }>
  find(suspenseId: string): Promise<SuspenseItem | null>
}

export interface SuspenseServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly random: RandomSource
  /** Sends a refund that was agreed on. */
  readonly send: (outRefundNo: string) => Promise<void>
}

const isChannel = (name: string): boolean => (CHANNELS as readonly string[]).includes(name)

/** What may become of differences of the reconciliation; of all else what `WAYS` says. */
const WAYS: ReadonlyArray<Resolution['kind']> = ['bill', 'prepayment', 'return']
const WAYS_OF: Partial<Readonly<Record<SuspenseItem['cause'], ReadonlyArray<Resolution['kind']>>>> = {
  'bank-credit': [...WAYS, 'offset'], 'settlement-short': ['charge', 'offset'], 'settlement-over': ['charge', 'offset'], 'settlement-missing': ['charge', 'offset'],
}
const isUnsettled = ({ state }: SuspenseItem): boolean => state === 'open' || state === 'proposed'

interface Target {
  readonly estateId: string
  readonly householdId: string
  readonly billId: string | null
}

const no = (field: string, problem: string) => fail('SV_PAYMENT_SUSPENSE', { field, problem })

/** The other half. @throws AppError SV_PAYMENT_SUSPENSE that says why it is none */
async function otherHalf(tx: Tx, item: SuspenseItem, suspenseId: string): Promise<SuspenseItem> {
  const other = await findSuspense(tx, suspenseId)
  if (other === null || !isUnsettled(other)) throw no('suspenseId', 'does not stand in suspense')
  if (other.fen !== 0 - item.fen) throw no('suspenseId', 'is not as much on the other side')
  const credit = [item, other].find((one) => one.channel === 'bank')
  if (other.estateId !== item.estateId && credit?.estateId !== NO_ESTATE) throw no('suspenseId', `is not of estate ${item.estateId}`)
  return other
}

/** Two that explain each other: a credit of the bank goes to the books of the estate that missed it, and both are done. */
async function offset(change: Change, item: SuspenseItem, other: SuspenseItem): Promise<void> {
  if (item.estateId !== other.estateId) await (item.channel === 'bank' ? moveToEstate(change, item, other.estateId) : moveToEstate(change, other, item.estateId))
  for (const { suspenseId } of [item, other]) if (!await settleSuspense(change.tx, suspenseId, 'applied', change.atMs)) throw fail('SV_PAYMENT_RACE', { suspenseId })
}

async function charge(change: Change, { suspenseId, estateId, merchantId, fen, outTradeNo }: SuspenseItem): Promise<void> {
  const event = { kind: 'difference-charged', merchant: merchantId, fen } as const
  await post(change, [{ estateId, causeRef: suspenseId, bizDate: civilDateOf(change.atMs), memo: outTradeNo, event }])
  if (!await settleSuspense(change.tx, suspenseId, 'applied', change.atMs)) throw fail('SV_PAYMENT_RACE', { suspenseId })
}

/** @throws AppError SV_PAYMENT_SUSPENSE where this cannot become of it */
async function checkWay(tx: Tx, item: SuspenseItem, proposal: Resolution): Promise<void> {
  if (!(WAYS_OF[item.cause] ?? WAYS).includes(proposal.kind)) throw no('kind', `of this money can become: ${(WAYS_OF[item.cause] ?? WAYS).join(', ')}`)
  if (proposal.kind === 'bill' || proposal.kind === 'prepayment') await targetOf(tx, item, proposal)
  if (proposal.kind === 'offset') await otherHalf(tx, item, proposal.suspenseId)
}

/** Who the money is for. @throws AppError SV_PAYMENT_SUSPENSE that names the field */
async function targetOf(tx: Tx, item: SuspenseItem, resolution: Extract<Resolution, { kind: 'bill' | 'prepayment' }>): Promise<Target> {
  const target = resolution.kind === 'bill' ? await payableBill(tx, resolution.billId) : null
  if (resolution.kind === 'bill' && (target === null || target.outstanding.length === 0)) throw no('billId', 'is no bill of which something is open')
  const householdId = resolution.kind === 'bill' ? target?.householdId ?? '' : resolution.householdId
  const estateId = target?.estateId ?? await estateOfHousehold(tx, householdId)
  if (estateId === undefined) throw no('householdId', 'is no household')
  if (item.estateId !== NO_ESTATE && item.estateId !== estateId) throw no(resolution.kind === 'bill' ? 'billId' : 'householdId', `is not of estate ${item.estateId}`)
  return { estateId, householdId, billId: resolution.kind === 'bill' ? resolution.billId : null }
}

/** Money of a merchant whose estate was not known moves to the books of the estate that it is for: out of the one suspense, into the other. */
async function moveToEstate(change: Change, item: SuspenseItem, estateId: string): Promise<void> {
  const { suspenseId, fen, outTradeNo } = item
  const common = { causeRef: `${suspenseId}:moved`, bizDate: civilDateOf(change.atMs), memo: outTradeNo }
  await post(change, [{ ...common, estateId: item.estateId, event: { kind: 'suspense-returned', from: moneyPlaceOf(item), fen } }])
  await post(change, [{ ...common, estateId, event: { kind: 'suspended', into: moneyPlaceOf(item), fen } }])
  await moveSuspenseEstate(change.tx, suspenseId, estateId)
}

async function apply(change: Change, item: SuspenseItem, target: Target): Promise<void> {
  const { suspenseId, fen, outTradeNo } = item
  const { estateId, householdId, billId } = target
  if (item.estateId !== estateId) await moveToEstate(change, item, estateId)
  const parts = billId === null ? [] : await takePayment(change, { billId, fen })
  const prepaidFen = fen - sumFen(parts.map((part) => part.fen))
  const event = { kind: 'suspense-applied', parts, prepaid: prepaidFen === 0 ? null : { householdId, fen: prepaidFen } } as const
  await post(change, [{ estateId, causeRef: suspenseId, bizDate: civilDateOf(change.atMs), memo: outTradeNo, event }])
  if (!await settleSuspense(change.tx, suspenseId, 'applied', change.atMs)) throw fail('SV_PAYMENT_RACE', { suspenseId })
  // A refund of the order gives back what it was used for.
  const order = await findOrder(change.tx, outTradeNo)
  if (order?.state === 'late-paid' && order.transactionId === item.transactionId && order.householdId === householdId) {
    await moveOrder(change.tx, outTradeNo, 'late-paid', { parts, prepaidFen })
  }
}

async function carryOut(change: Change, item: SuspenseItem, proposal: Exclude<Resolution, { kind: 'return' }>): Promise<void> {
  if (proposal.kind === 'charge') return charge(change, item)
  if (proposal.kind === 'offset') return offset(change, item, await otherHalf(change.tx, item, proposal.suspenseId))
  return apply(change, item, await targetOf(change.tx, item, proposal))
}

/** Money without a place, resolved by two persons: for a bill, kept for a household, given back, or explained by what else stands there. */
export function createSuspenseService(deps: SuspenseServiceDeps): SuspenseService {
  const { read, change, random } = deps

  /** @returns the refund's number where a channel has to give it back; cash and cards wait to be handed over the desk */
  const giveBack = async (one: Change, item: SuspenseItem, by: string, reason: string): Promise<string | null> => {
    const { suspenseId, estateId, fen, outTradeNo } = item
    if (!await moveSuspense(one.tx, suspenseId, 'proposed', { state: 'approved', checkerId: by })) throw fail('SV_PAYMENT_RACE', { suspenseId })
    if (!isChannel(item.channel)) return null
    const outRefundNo = newTradeNumber('RF', one.atMs, random)
    await insertAgreedRefund(one.tx, {
      outRefundNo, outTradeNo, suspenseId, estateId, refundFen: fen, prepaidFen: 0, reason, makerId: item.makerId ?? by, checkerId: by, createdAtMs: one.atMs,
    })
    return outRefundNo
  }

  return {
    propose: (by, suspenseId, proposal) => change(by, async (one) => {
      const item = await findSuspense(one.tx, suspenseId)
      if (item === null) throw fail('SV_HTTP_NOT_FOUND')
      await checkWay(one.tx, item, proposal)
      if (!await moveSuspense(one.tx, suspenseId, 'open', { state: 'proposed', proposal, makerId: by })) throw fail('SV_PAYMENT_SUSPENSE', { state: item.state })
      await one.audit({ action: 'payment.suspense-propose', subject: `suspense:${suspenseId}`, estateId: item.estateId, after: { kind: proposal.kind } })
    }),
    async decide(by, suspenseId, decision) {
      const outRefundNo = await change(by, async (one) => {
        const item = await findSuspense(one.tx, suspenseId)
        if (item === null) throw fail('SV_HTTP_NOT_FOUND')
        if (item.makerId === by) throw fail('SV_PAYMENT_REFUND_SELF')
        // What nobody came for may be decided anew; what a channel was told stays told.
        const takenBack = item.state === 'approved' && decision === 'reject' && !isChannel(item.channel)
        if ((item.state !== 'proposed' && !takenBack) || item.proposal === null) throw fail('SV_PAYMENT_SUSPENSE', { state: item.state })
        await one.audit({ action: `payment.suspense-${decision}`, subject: `suspense:${suspenseId}`, estateId: item.estateId, after: { kind: item.proposal.kind } })
        if (decision === 'reject') {
          await moveSuspense(one.tx, suspenseId, takenBack ? 'approved' : 'proposed', { state: 'open', proposal: null, makerId: null, checkerId: null })
          return null
        }
        if (item.proposal.kind === 'return') return giveBack(one, item, by, item.proposal.reason)
        await carryOut(one, item, item.proposal)
        return null
      })
      if (outRefundNo !== null) await deps.send(outRefundNo)
      return { outRefundNo }
    },
    find: (suspenseId) => findSuspense(read, suspenseId),
  }
}
