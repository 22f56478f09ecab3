import type { Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../../audit/change.js'
import type { Tx } from '../../db/transaction.js'
import { addDays, civilDateOf, startOfDayMs } from '../../household/civil-date-rules.js'
import type { ChannelError, ChannelName, PayChannel } from '../../payment/channel/channel-port.js'
import type { Finding } from '../file/finding.js'
import { BILL_KINDS, type BatchRecord } from './batch-machine.js'
import * as rows from './batch-repository.js'
import type { BatchService } from './batch-service.js'

/** Bills of a day are there from 10:00 of the next on. */
const READY_AFTER_MS = (24 + 10) * 3_600_000
/** An hour later somebody should know that they are not. */
const LATE_AFTER_MS = READY_AFTER_MS + 3_600_000
const RETRY_MS = 10 * 60_000
const LATE_RETRY_MS = 30 * 60_000
/** Days back from yesterday for which a bill is expected where none is known, as after the server was down. */
const CATCH_UP_DAYS = 3
const BATCHES_PER_ROUND = 8

export interface BillFetch {
  /** Notes which bills are to come, and fetches those whose time it is. @returns how many were asked for */
  sweep(): Promise<number>
  /** Asks for the bills of a day now. @returns the batches as they stand afterwards */
  fetchDay(by: string | null, billDate: string): Promise<BatchRecord[]>
}

export interface BillFetchDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly batches: BatchService
  readonly runtime: { readonly clock: Clock; readonly log: Logger }
}

const findingOf = (code: 'no-bill' | 'not-fetched', batch: BatchRecord, detail: string): Finding =>
  ({ code, file: `${batch.channel} ${batch.merchantId} ${batch.billDate} ${batch.kind}`, line: null, column: null, detail })

/** The bills of a day, noted where they were not yet. */
async function expectDay({ read, change, channels }: BillFetchDeps, billDate: string): Promise<BatchRecord[]> {
  const expected: BatchRecord[] = []
  for (const { channel, merchantId } of channels.values()) {
    for (const kind of BILL_KINDS) {
      const key = { channel, merchantId, billDate, kind }
      expected.push(await rows.latestBatch(read, key) ?? await change(null, (one) => rows.insertBatch(one.tx, {
        ...key, version: 1, source: 'channel', createdBy: null, createdAtMs: one.atMs, nextTryAtMs: startOfDayMs(billDate) + READY_AFTER_MS,
      })))
    }
  }
  return expected
}

/** Fetches the channels' bills: asks, and asks again with pauses; a bill that does not come is told, never taken for an empty one. */
export function createBillFetch(deps: BillFetchDeps): BillFetch {
  const { read, change, channels, batches, runtime: { clock, log } } = deps

  const later = async (batch: BatchRecord, finding: Finding | null): Promise<unknown> => {
    const nowMs = clock.wallMs()
    if (finding !== null) await batches.tell(batch, finding)
    const isLate = nowMs >= startOfDayMs(batch.billDate) + LATE_AFTER_MS
    return change(null, ({ tx, atMs }) => rows.moveBatch(tx, batch.batchNo, 'waiting', {
      tries: batch.tries + 1, nextTryAtMs: nowMs + (isLate ? LATE_RETRY_MS : RETRY_MS), ...(finding === null ? {} : { finding }),
    }, atMs))
  }

  /** The channel has no bill of that day: that is a bill without rows only where we have nothing either. */
  const without = async (batch: BatchRecord): Promise<unknown> => {
    if (await rows.hasOwnPayments(read, batch)) return later(batch, findingOf('no-bill', batch, 'the channel says that nothing happened, and we have payments of that day'))
    const empty = { rows: 0, payments: 0, refunds: 0, grossFen: 0, refundFen: 0, feeFen: 0, netFen: 0 }
    const bill = batch.kind === 'trade' ? { trade: empty, fund: null } : { trade: null, fund: { rows: 0, inFen: 0, outFen: 0, closingFen: null } }
    const moved = await change(null, async (one) => {
      await one.audit({ action: 'reconciliation.empty-day', subject: `bill:${batch.channel}:${batch.merchantId}:${batch.billDate}:${batch.kind}`, estateId: null })
      return rows.moveBatch(one.tx, batch.batchNo, 'waiting', { state: 'parsed', finding: null, figures: { bill, match: null, gapFen: null }, nextTryAtMs: null }, one.atMs)
    })
    return moved ? batches.rematch(null, batch.batchNo) : undefined
  }

  const refused = (batch: BatchRecord, error: ChannelError): Promise<unknown> => {
    if (error.kind === 'not-here') return without(batch)
    log.warn({ batchNo: batch.batchNo, error }, 'a bill could not be fetched yet')
    const isLate = clock.wallMs() >= startOfDayMs(batch.billDate) + LATE_AFTER_MS
    return later(batch, isLate ? findingOf('not-fetched', batch, `${error.code}: ${error.message}`) : null)
  }

  const fetchOne = async (batch: BatchRecord, by: string | null): Promise<unknown> => {
    const channel = channels.get(batch.channel as ChannelName)
    if (channel === undefined || channel.merchantId !== batch.merchantId) return later(batch, findingOf('not-fetched', batch, 'the channel is not set up'))
    const answer = await channel.fetchBill(batch.billDate, batch.kind)
    if (!answer.ok) return refused(batch, answer.error)
    const { channel: name, merchantId, billDate, kind } = batch
    const { fileName, sha1, bytes } = answer.value
    return batches.take(by, { channel: name, merchantId, billDate, kind, fileName, sha1 }, bytes)
  }
  const fetch = (batch: BatchRecord, by: string | null): Promise<unknown> =>
    fetchOne(batch, by).catch(async (error: unknown) => {
      log.error({ batchNo: batch.batchNo, err: error }, 'a bill could not be fetched')
      await later(batch, null)
    })

  return {
    async sweep() {
      const yesterday = addDays(civilDateOf(clock.wallMs()), -1)
      for (let back = 0; back < CATCH_UP_DAYS; back += 1) await expectDay(deps, addDays(yesterday, -back))
      const due = (await rows.dueBatches(read, clock.wallMs(), BATCHES_PER_ROUND)).filter((batch) => batch.state === 'waiting')
      for (const batch of due) await fetch(batch, null)
      return due.length
    },
    async fetchDay(by, billDate) {
      for (const batch of await expectDay(deps, billDate)) if (batch.state === 'waiting' || batch.finding !== null) await fetch(batch, by)
      return (await batches.list({ fromDate: billDate, untilDate: billDate }))
    },
  }
}
