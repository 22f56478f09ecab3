import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { type CivilDate, civilDateOf } from '../household/civil-date-rules.js'
import { TRANSIT } from '../ledger/chart.js'
import { balanceAt, collectedAt, collectedUntil, post } from '../ledger/ledger-service.js'
import type { MoneyPlace, PostingEvent } from '../ledger/posting-rules.js'
import type { TreasuryTerms } from './treasury-rules.js'
import * as rows from './voucher-repository.js'

export interface NewVoucher {
  readonly estateId: string
  readonly kind: rows.VoucherKind
  /** Last day whose collections are handed over; of the other kinds the day that it is about. */
  readonly untilDate: CivilDate
  /** Where the money lies: in direct mode a channel; null is the estate's bank account. */
  readonly channel: keyof typeof TRANSIT | null
  /** The channel's merchant: of the money in direct mode, of the fees at a reimbursement. */
  readonly merchantId: string | null
  /** Null: all that is due. */
  readonly fen: number | null
  readonly paymentCode: string | null
}

export interface Due {
  readonly estateId: string
  readonly untilDate: CivilDate
  readonly collectedFen: number
  /** In vouchers that are under way or done. */
  readonly vouchedFen: number
  readonly dueFen: number
}

export interface VoucherService {
  terms(estateId: string, date: CivilDate): Promise<TreasuryTerms | null>
  setTerms(by: string, estateId: string, fromDate: CivilDate, terms: TreasuryTerms): Promise<void>
  due(estateId: string, untilDate: CivilDate): Promise<Due>
  /** Newest first. */
  list(estateIds: readonly string[] | null): Promise<rows.VoucherRecord[]>
  find(voucherId: string): Promise<rows.VoucherRecord | null>
  /** @throws AppError SV_TREASURY_TERMS, SV_TREASURY_AMOUNT that names the field */
  propose(by: string, voucher: NewVoucher): Promise<{ voucherId: string }>
  /** @throws AppError SV_TREASURY_SELF, SV_TREASURY_STATE, SV_HTTP_NOT_FOUND */
  decide(by: string, voucherId: string, decision: 'approve' | 'reject'): Promise<void>
  /** The bank carried it out. @throws AppError SV_TREASURY_STATE, SV_TREASURY_FUNDS where the books do not hold that money there */
  carryOut(by: string, voucherId: string, proof: { bankSerial: string; doneOn: CivilDate; paymentCode: string | null }): Promise<void>
}

const SHOWN_MAX = 500
const END_OF_TIME = '9999-12-31'
const placeOf = ({ account, accountOf }: rows.VoucherRecord): MoneyPlace => ({ account: account as MoneyPlace['account'], of: accountOf })

function eventOf(voucher: rows.VoucherRecord): PostingEvent {
  const { kind, fen } = voucher
  if (kind === 'hand-over') return { kind: 'handed-over', from: placeOf(voucher), fen }
  if (kind === 'pay-back') return { kind: 'treasury-paid-back', into: placeOf(voucher), fen }
  return { kind: 'fee-reimbursed', merchant: (JSON.parse(voucher.content) as { merchantId: string }).merchantId, into: placeOf(voucher), fen }
}

async function dueOf(read: Tx, estateId: string, untilDate: CivilDate): Promise<Due> {
  const [collectedFen, vouchedFen] = [await collectedUntil(read, estateId, untilDate), await rows.vouchedFen(read, estateId, 'hand-over', null)]
  return { estateId, untilDate, collectedFen, vouchedFen, dueFen: collectedFen - vouchedFen }
}

/** What a voucher can be made out for at most, and where its money is. */
async function limitOf({ tx }: Change, voucher: NewVoucher, terms: TreasuryTerms): Promise<{ place: MoneyPlace; limitFen: number }> {
  const { estateId, kind, untilDate, channel, merchantId } = voucher
  const bank: MoneyPlace = { account: 'bank', of: terms.bankAccount }
  const needs = (field: string, problem: string) => fail('SV_TREASURY_AMOUNT', { field, problem })
  if (kind !== 'hand-over') {
    if (kind === 'fee-reimbursement' && merchantId === null) throw needs('merchantId', 'whose fees the budget pays')
    const account = kind === 'pay-back' ? 'treasury-refund-claim' : 'fee-claim'
    // What was claimed and paid since is no claim any more, whatever the day.
    const open = await balanceAt(tx, estateId, { account, of: kind === 'pay-back' ? null : merchantId }, END_OF_TIME)
    return { place: bank, limitFen: open - await pendingFen(tx, voucher, merchantId) }
  }
  const due = await dueOf(tx, estateId, untilDate)
  if (terms.mode === 'agency') return { place: bank, limitFen: due.dueFen }
  if (channel === null || merchantId === null) throw needs('channel', 'in direct mode the channel and merchant whose money goes to the treasury')
  const place: MoneyPlace = { account: TRANSIT[channel], of: merchantId }
  return { place, limitFen: Math.min(due.dueFen, await collectedAt(tx, estateId, place, untilDate) - await rows.vouchedFen(tx, estateId, 'hand-over', place)) }
}

/** Of claims: what stands in vouchers that the bank has not carried out yet. */
async function pendingFen(tx: Tx, { estateId, kind }: NewVoucher, merchantId: string | null): Promise<number> {
  const open = (await rows.vouchersIn(tx, [estateId], SHOWN_MAX)).filter((one) => one.kind === kind && (one.state === 'proposed' || one.state === 'approved'))
  const same = open.filter((one) => kind === 'pay-back' || (JSON.parse(one.content) as { merchantId: string | null }).merchantId === merchantId)
  return same.reduce((sum, one) => sum + one.fen, 0)
}

/** Vouchers of the two lines of revenue and spending (收支两条线): gross to the treasury, claims on it and on the budget apart. */
export function createVoucherService(deps: { read: Tx; change: RunChange; ids: IdSource; clock: Clock }): VoucherService {
  const { read, change, ids } = deps
  const termsOn = async (tx: Tx, estateId: string, date: CivilDate): Promise<TreasuryTerms | null> => {
    const text = await rows.termsOn(tx, estateId, date)
    return text === null ? null : (JSON.parse(text) as TreasuryTerms)
  }
  const known = async (tx: Tx, voucherId: string): Promise<rows.VoucherRecord> => {
    const voucher = await rows.findVoucher(tx, voucherId)
    if (voucher === null) throw fail('SV_HTTP_NOT_FOUND')
    return voucher
  }

  return {
    terms: (estateId, date) => termsOn(read, estateId, date),
    setTerms: (by, estateId, fromDate, terms) => change(by, async (one) => {
      await rows.insertTerms(one.tx, { termsId: ids.uuid(), estateId, fromDate, content: JSON.stringify(terms), setBy: by, setAtMs: one.atMs })
      const { mode, unitCode, itemCode } = terms
      await one.audit({ action: 'treasury.terms', subject: `estate:${estateId}`, estateId, after: { fromDate, mode, unitCode, itemCode } })
    }),
    due: (estateId, untilDate) => dueOf(read, estateId, untilDate),
    list: (estateIds) => rows.vouchersIn(read, estateIds, SHOWN_MAX),
    find: (voucherId) => rows.findVoucher(read, voucherId),
    propose: (by, voucher) => change(by, async (one) => {
      const { estateId, kind, untilDate, merchantId } = voucher
      if (untilDate >= civilDateOf(one.atMs)) throw fail('SV_TREASURY_AMOUNT', { field: 'untilDate', problem: 'is not over yet' })
      const terms = await termsOn(one.tx, estateId, untilDate)
      if (terms === null) throw fail('SV_TREASURY_TERMS', { estateId, untilDate })
      const { place, limitFen } = await limitOf(one, voucher, terms)
      const fen = voucher.fen ?? limitFen
      if (fen <= 0 || fen > limitFen) throw fail('SV_TREASURY_AMOUNT', { field: 'fen', problem: 'is nothing, or more than is due', dueFen: Math.max(0, limitFen) })
      const before = kind === 'hand-over' ? await rows.lastHandOver(one.tx, estateId, false) : null
      if (before !== null && untilDate < before) throw fail('SV_TREASURY_AMOUNT', { field: 'untilDate', problem: `collections until ${before} are handed over already` })
      const voucherId = ids.uuid()
      await rows.insertVoucher(one.tx, {
        voucherId, estateId, kind, fromDate: before ?? untilDate, untilDate, account: place.account, accountOf: place.of, fen,
        content: JSON.stringify({ ...terms, merchantId, paymentCode: voucher.paymentCode }), makerId: by, createdAtMs: one.atMs,
      })
      await one.audit({ action: `treasury.${kind}-propose`, subject: `voucher:${voucherId}`, estateId, after: { untilDate, fen } })
      return { voucherId }
    }),
    decide: (by, voucherId, decision) => change(by, async (one) => {
      const voucher = await known(one.tx, voucherId)
      if (voucher.makerId === by) throw fail('SV_TREASURY_SELF')
      const state = decision === 'approve' ? 'approved' : 'refused'
      if (!await rows.moveVoucher(one.tx, voucherId, 'proposed', { state, checkerId: by, decidedAtMs: one.atMs })) throw fail('SV_TREASURY_STATE', { state: voucher.state })
      await one.audit({ action: `treasury.${voucher.kind}-${decision}`, subject: `voucher:${voucherId}`, estateId: voucher.estateId })
    }),
    carryOut: (by, voucherId, { bankSerial, doneOn, paymentCode }) => change(by, async (one) => {
      const voucher = await known(one.tx, voucherId)
      const { estateId, kind, fen } = voucher
      if (voucher.state !== 'approved') throw fail('SV_TREASURY_STATE', { state: voucher.state })
      const held = kind === 'hand-over' ? await balanceAt(one.tx, estateId, placeOf(voucher), doneOn) : fen
      if (held < fen) throw fail('SV_TREASURY_FUNDS', { account: voucher.account, of: voucher.accountOf, heldFen: held, fen })
      const done = { state: 'done', bankSerial, doneOn, doneAtMs: one.atMs, paymentCode } as const
      if (!await rows.moveVoucher(one.tx, voucherId, 'approved', done)) throw fail('SV_TREASURY_STATE', { state: voucher.state })
      await post(one, [{ estateId, causeRef: voucherId, bizDate: doneOn, memo: bankSerial, event: eventOf(voucher) }])
      await one.audit({ action: `treasury.${kind}-done`, subject: `voucher:${voucherId}`, estateId, after: { fen, doneOn, bankSerial } })
    }),
  }
}
