import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { addDays } from '../../household/civil-date-rules.js'
import { type Balance, balances, closeUntil, closedUntil, reopenAfter } from '../../ledger/ledger-service.js'
import { latestBills } from '../batch/bill-register.js'
import type { BillWork } from '../batch/bill-work.js'
import { transitOf } from '../bank/settlement-posting.js'
import * as rows from './close-repository.js'
import { unsignedShifts } from './shift-repository.js'

export interface CloseWish {
  readonly estateId: string
  readonly kind: rows.CloseKind
  /** YYYY-MM-DD or YYYY-MM. */
  readonly period: string
}

export interface CloseService {
  /** What closing would say now, and what is in its way. Changes nothing. */
  preview(wish: CloseWish): Promise<rows.CloseFigures>
  /** One person prepares. @throws AppError SV_RECON_CLOSE with the problems */
  prepare(by: string, wish: CloseWish): Promise<rows.CloseRecord>
  /** Another signs; the books of a day are locked. @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_CLOSE, SV_RECON_SAME_PERSON */
  sign(by: string, closeId: string): Promise<rows.CloseRecord>
  /** Takes back what was prepared. */
  drop(by: string, closeId: string): Promise<void>
  /** Asks for a closed period to be opened again; nothing changes before another person agrees. */
  proposeReopen(by: string, closeId: string, reason: string): Promise<rows.CloseRecord>
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_CLOSE, SV_RECON_SAME_PERSON */
  agreeReopen(by: string, closeId: string): Promise<rows.CloseRecord>
  find(closeId: string): Promise<rows.CloseRecord | null>
  list(estateIds: readonly string[] | null, kind: rows.CloseKind | undefined): Promise<rows.CloseRecord[]>
}

export interface CloseServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly work: BillWork
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource }
}

const LIST_MAX = 500

/** First and last day of what is closed. */
export function daysOf({ kind, period }: Pick<CloseWish, 'kind' | 'period'>): { fromDate: string; untilDate: string } {
  if (kind === 'day') return { fromDate: period, untilDate: period }
  const next = period.endsWith('-12') ? `${Number(period.slice(0, 4)) + 1}-01` : `${period.slice(0, 5)}${String(Number(period.slice(5)) + 1).padStart(2, '0')}`
  return { fromDate: `${period}-01`, untilDate: addDays(`${next}-01`, -1) }
}
const dayCount = ({ fromDate, untilDate }: { fromDate: string; untilDate: string }): number => (Date.parse(untilDate) - Date.parse(fromDate)) / 86_400_000 + 1

/** Each account's way through the period. Pure. */
export function accountFigures(before: readonly Balance[], until: readonly Balance[]): rows.AccountFigures[] {
  const keyOf = ({ account, of }: Balance): string => `${account} ${of ?? ''}`
  const opening = new Map(before.map((one) => [keyOf(one), one]))
  return until.map((one) => {
    const was = opening.get(keyOf(one))
    return { account: one.account, of: one.of, openingFen: was?.balanceFen ?? 0, debitFen: one.debitFen - (was?.debitFen ?? 0), creditFen: one.creditFen - (was?.creditFen ?? 0),
      closingFen: one.balanceFen }
  })
}

export function createCloseService(deps: CloseServiceDeps): CloseService {
  const { read, change, work, runtime: { ids } } = deps

  const tie = async ({ estateId }: CloseWish, bill: Awaited<ReturnType<typeof latestBills>>[number]): Promise<rows.ChannelTie> => {
    const { channel, merchantId, billDate, batchNo, run } = bill
    const sums = (await work.estates({ batchNo, channel, merchantId })).find((one) => one.estateId === estateId)
    const billFen = sums?.paidFen ?? 0
    const booked = await rows.bookedFen(read, estateId, transitOf(channel, merchantId).account, merchantId, billDate)
    const explained = await rows.explainedFen(read, { estateId, channel, merchantId, billDate, run })
    return { channel, merchantId, billFen, bookedFen: booked, explainedFen: explained, leftFen: billFen - booked - explained }
  }

  const problemsOf = async (wish: CloseWish, channels: readonly rows.ChannelTie[]): Promise<rows.CloseProblem[]> => {
    const { estateId, kind } = wish
    const span = daysOf(wish)
    const lockedUntil = await closedUntil(read, estateId)
    const bills = await latestBills(read, span.fromDate, span.untilDate)
    const counts: Record<rows.CloseProblem['what'], number> = {
      'bills-missing': bills.filter((bill) => bill.state === 'waiting' || bill.state === 'fetched').length, 'bills-open': bills.filter((bill) => bill.state === 'parsed').length,
      'cases-open': await rows.openCases(read, estateId, span.untilDate), 'shifts-open': await unsignedShifts(read, estateId, span.untilDate),
      'not-tied-out': channels.filter((one) => one.leftFen !== 0).length,
      'earlier-open': kind === 'day' && lockedUntil !== null && addDays(lockedUntil, 1) !== span.fromDate ? 1 : 0,
      'days-open': kind === 'day' ? 0 : dayCount(span) - await rows.closedDays(read, estateId, wish.period),
    }
    return (Object.entries(counts) as Array<[rows.CloseProblem['what'], number]>).filter(([, count]) => count > 0).map(([what, count]) => ({ what, count }))
  }

  const figuresOf = async (wish: CloseWish): Promise<rows.CloseFigures> => {
    const { fromDate, untilDate } = daysOf(wish)
    const accounts = accountFigures(await balances(read, [wish.estateId], addDays(fromDate, -1)), await balances(read, [wish.estateId], untilDate))
    const bills = wish.kind === 'month' ? [] : (await latestBills(read, fromDate, untilDate)).filter((bill) => bill.kind === 'trade' && bill.state !== 'waiting' && bill.state !== 'fetched')
    const channels: rows.ChannelTie[] = []
    for (const bill of bills) channels.push(await tie(wish, bill))
    const sum = (of: (one: rows.AccountFigures) => number): number => accounts.reduce((total, one) => total + of(one), 0)
    return { accounts, channels, debitFen: sum((one) => one.debitFen), creditFen: sum((one) => one.creditFen), problems: await problemsOf(wish, channels), auditHash: await rows.auditHead(read) }
  }
  const fresh = async (tx: Tx, closeId: string): Promise<rows.CloseRecord> => {
    const close = await rows.findClose(tx, closeId)
    if (close === null) throw fail('SV_HTTP_NOT_FOUND')
    return close
  }
  const refuse = ({ closeId, state }: rows.CloseRecord): never => { throw fail('SV_RECON_CLOSE', { closeId, state }) }
  const audit = (one: Change, what: string, { closeId, estateId, kind, period }: rows.CloseRecord, more: { reason?: string } = {}): Promise<void> =>
    one.audit({ action: `finance.close-${what}`, subject: `close:${closeId}`, estateId, after: { kind, period, ...more } })

  return {
    preview: figuresOf,
    find: (closeId) => rows.findClose(read, closeId),
    list: (estateIds, kind) => rows.closesOf(read, estateIds, kind, LIST_MAX),
    async prepare(by, wish) {
      const figures = await figuresOf(wish)
      if (figures.problems.length > 0) throw fail('SV_RECON_CLOSE', { problems: figures.problems })
      return change(by, async (one) => {
        if (await rows.heldClose(one.tx, wish) !== null) throw fail('SV_RECON_CLOSE', { period: wish.period, state: 'prepared or closed' })
        const closeId = ids.uuid()
        await rows.insertClose(one.tx, { closeId, ...wish, figures, preparedBy: by, preparedAtMs: one.atMs })
        const close = await fresh(one.tx, closeId)
        await audit(one, 'prepare', close)
        return close
      })
    },
    async sign(by, closeId) {
      const close = await fresh(read, closeId)
      if (close.preparedBy === by) throw fail('SV_RECON_SAME_PERSON')
      // What was prepared may have moved meanwhile: what is signed is what is so now.
      const figures = await figuresOf(close)
      if (figures.problems.length > 0) throw fail('SV_RECON_CLOSE', { problems: figures.problems })
      return change(by, async (one) => {
        if (!await rows.moveClose(one.tx, closeId, 'prepared', { state: 'closed', figures, closedBy: by, closedAtMs: one.atMs })) return refuse(close)
        if (close.kind === 'day') await closeUntil(one, close.estateId, close.period)
        await audit(one, 'sign', close)
        return fresh(one.tx, closeId)
      })
    },
    drop: (by, closeId) => change(by, async (one) => {
      const close = await fresh(one.tx, closeId)
      if (close.state !== 'prepared') refuse(close)
      await rows.dropPrepared(one.tx, closeId)
      await audit(one, 'drop', close)
    }),
    proposeReopen: (by, closeId, reason) => change(by, async (one) => {
      const close = await fresh(one.tx, closeId)
      const reopening = { by, atMs: one.atMs, reason, agreedBy: null }
      if (!await rows.moveClose(one.tx, closeId, 'closed', { state: 'reopen-proposed', reopening })) return refuse(close)
      await audit(one, 'reopen-propose', close, { reason })
      return fresh(one.tx, closeId)
    }),
    agreeReopen: (by, closeId) => change(by, async (one) => {
      const close = await fresh(one.tx, closeId)
      if (close.state !== 'reopen-proposed' || close.reopening === null) return refuse(close)
      if (close.reopening.by === by) throw fail('SV_RECON_SAME_PERSON')
      const { fromDate } = daysOf(close)
      // A day of a closed month opens with its month alone.
      if (close.kind === 'day' && await rows.heldClose(one.tx, { ...close, kind: 'month', period: close.period.slice(0, 7) }) !== null) return refuse(close)
      await rows.moveClose(one.tx, closeId, 'reopen-proposed', { state: 'reopened', reopening: { ...close.reopening, agreedBy: by } })
      await rows.releaseFrom(one.tx, close.estateId, fromDate)
      await reopenAfter(one, close.estateId, addDays(fromDate, -1))
      await audit(one, 'reopen', close, { reason: close.reopening.reason })
      return fresh(one.tx, closeId)
    }),
  }
}
