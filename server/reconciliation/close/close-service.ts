import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { fail } from '../../errors.js'
import { allEstates } from '../../estate/estate-register.js'
import { addDays } from '../../household/civil-date-rules.js'
import { closeUntil, closedUntil, reopenAfter } from '../../ledger/ledger-service.js'
import { closeBills, reopenBills } from '../batch/bill-register.js'
import type { BillWork } from '../batch/bill-work.js'
import type { BooksService } from '../books/books-service.js'
import { type CloseWish, createCloseFigures, daysOf } from './close-figures.js'
import type { CloseFigures, CloseKind, CloseRecord } from './close-kinds.js'
import * as rows from './close-repository.js'

export interface CloseService {
  /** What closing would say now, and what is in its way. Changes nothing. */
  preview(wish: CloseWish): Promise<CloseFigures>
  /** One person prepares. @throws AppError SV_RECON_CLOSE with the problems */
  prepare(by: string, wish: CloseWish): Promise<CloseRecord>
  /** Another signs; the books of a day are locked. @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_CLOSE, SV_RECON_SAME_PERSON */
  sign(by: string, closeId: string): Promise<CloseRecord>
  /** Takes back what was prepared. */
  drop(by: string, closeId: string): Promise<void>
  /** Asks for a closed period to be opened again; nothing changes before another person agrees. */
  proposeReopen(by: string, closeId: string, reason: string): Promise<CloseRecord>
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_RECON_CLOSE, SV_RECON_SAME_PERSON */
  agreeReopen(by: string, closeId: string): Promise<CloseRecord>
  find(closeId: string): Promise<CloseRecord | null>
  list(estateIds: readonly string[] | null, kind: CloseKind | undefined): Promise<CloseRecord[]>
}

export interface CloseServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly work: BillWork
  /** Third leg of the day: looked at anew before anybody signs. */
  readonly books: Pick<BooksService, 'match' | 'sums'>
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource }
}

const LIST_MAX = 500

/** Before anybody signs, orders and books of the day are looked at once more. */
const anew = (books: CloseServiceDeps['books'], figuresOf: (wish: CloseWish) => Promise<CloseFigures>) => async (wish: CloseWish): Promise<CloseFigures> => {
  if (wish.kind === 'day') await books.match(wish.period)
  return figuresOf(wish)
}

/** Locks the books of the day; bills of days that all estates have closed change no more. */
async function closeDay(change: Change, { estateId, period }: CloseRecord): Promise<void> {
  const { tx, atMs } = change
  await closeUntil(change, estateId, period)
  const until = await Promise.all((await allEstates(tx)).map((estateId) => closedUntil(tx, estateId)))
  const [earliest = null] = until.includes(null) ? [] : (until as string[]).sort()
  if (earliest !== null) await closeBills(tx, earliest, atMs)
}

const refuse = ({ closeId, state }: CloseRecord): never => { throw fail('SV_RECON_CLOSE', { closeId, state }) }
const audit = (one: Change, what: string, { closeId, estateId, kind, period }: CloseRecord, more: { reason?: string } = {}): Promise<void> =>
  one.audit({ action: `finance.close-${what}`, subject: `close:${closeId}`, estateId, after: { kind, period, ...more } })

export function createCloseService(deps: CloseServiceDeps): CloseService {
  const { read, change, work, books, runtime: { ids } } = deps

  const figuresOf = createCloseFigures({ read, work, books })
  const figuresNow = anew(books, figuresOf)
  const fresh = async (tx: Tx, closeId: string): Promise<CloseRecord> => {
    const close = await rows.findClose(tx, closeId)
    if (close === null) throw fail('SV_HTTP_NOT_FOUND')
    return close
  }

  return {
    preview: figuresOf,
    find: (closeId) => rows.findClose(read, closeId),
    list: (estateIds, kind) => rows.closesOf(read, estateIds, kind, LIST_MAX),
    async prepare(by, wish) {
      const figures = await figuresNow(wish)
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
      const figures = await figuresNow(close)
      if (figures.problems.length > 0) throw fail('SV_RECON_CLOSE', { problems: figures.problems })
      return change(by, async (one) => {
        if (!await rows.moveClose(one.tx, closeId, 'prepared', { state: 'closed', figures, closedBy: by, closedAtMs: one.atMs })) return refuse(close)
        if (close.kind === 'day') await closeDay(one, close)
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
      await reopenBills(one.tx, fromDate, one.atMs)
      await audit(one, 'reopen', close, { reason: close.reopening.reason })
      return fresh(one.tx, closeId)
    }),
  }
}
