import type { RunChange } from '../audit/change.js'
import { type Caller, type EstateScope, covers } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import * as log from './access-log-repository.js'
import { type NameRight, maskedName, nameRight } from './name-rules.js'
import { type AccessLogItem, type AccessLogQuery, LogPlace } from './schemas.js'

const PAGE_ITEMS = 50

export interface AccessLogService {
  /**
   * One page, newest first. A page that names a person is that person's history: it is audited, and a page of which
   * nothing could be recorded is not given out.
   * @param scope estates to look at, the caller's own or part of them
   * @throws AppError SV_HTTP_VALIDATION where `before` is no cursor
   */
  list(caller: Caller, scope: EstateScope, query: AccessLogQuery): Promise<{ items: AccessLogItem[]; older: string | null }>
  /** @throws AppError SV_HTTP_NOT_FOUND, also where it is another estate's */
  find(caller: Caller, scope: EstateScope, passageId: string): Promise<AccessLogItem>
  /** Passages by id, oldest first, with names in clear; `withNameRight` cuts them down for a reader. */
  byIds(passageIds: readonly string[]): Promise<AccessLogItem[]>
}

const numberOrNull = (value: number | null | undefined): number | null => value ?? null

/** Joins what belongs to the passages: gate names, outcomes, names. */
async function itemsOf(read: Tx, passages: readonly log.PassageRow[]): Promise<AccessLogItem[]> {
  const [outcome, gateName, names] = await Promise.all([log.outcomesOf(read, passages), log.gateNames(read, passages), log.personNames(read, passages)])
  return passages.map((row) => {
    const done = outcome(row)
    return {
      passageId: row.passageId, estateId: row.estateId, gateId: row.gateId, gateName: gateName(row) ?? row.gateId, deviceId: row.deviceId,
      way: row.way, result: row.result as AccessLogItem['result'], reason: row.reason,
      personRef: row.personRef, personName: (row.personRef === null ? undefined : names.get(row.personRef)) ?? null,
      score: row.score, margin: row.margin, threshold: row.threshold, liveness: row.liveness,
      gallerySize: row.gallerySize, frameAgeMs: row.frameAgeMs, timings: JSON.parse(row.timings) as Record<string, number>,
      occurredAtMs: Number(row.occurredAtMs), gatewayId: row.gatewayId, epoch: row.epoch, seq: Number(row.seq), permitId: row.permitId,
      commandOutcome: (done?.outcome ?? null) as AccessLogItem['commandOutcome'],
      commandReason: (done?.reason ?? null) as AccessLogItem['commandReason'], commandLatencyMs: numberOrNull(done?.latencyMs),
    }
  })
}

/** The item as a reader with this right sees it. */
export const withNameRight = (item: AccessLogItem, right: NameRight): AccessLogItem =>
  right === 'clear' || item.personName === null ? item : { ...item, personName: maskedName(item.personName) }

const newestFirst = (a: log.PassageRow, b: log.PassageRow): number =>
  Number(b.occurredAtMs - a.occurredAtMs) || (a.passageId < b.passageId ? 1 : -1)

/** The newest of all estates in scope: each estate's newest, merged; for one person, that person's within the scope. */
async function newestInScope(read: Tx, scope: EstateScope, filter: log.PassageFilter, limit: number): Promise<log.PassageRow[]> {
  if (scope === 'all') return log.newestPassages(read, filter, limit)
  if (filter.personRef !== undefined) return log.newestPassages(read, { ...filter, estateIds: scope }, limit)
  const byEstate = await Promise.all(scope.map((estateId) => log.newestPassages(read, { ...filter, estateId }, limit)))
  return byEstate.flat().sort(newestFirst).slice(0, limit)
}

export function createAccessLogService(deps: { read: Tx; change: RunChange }): AccessLogService {
  const seenBy = (caller: Caller, items: readonly AccessLogItem[]): AccessLogItem[] =>
    items.map((item) => withNameRight(item, nameRight(caller, item.estateId)))

  return {
    async list(caller, scope, { estateId: _estateId, before, limit = PAGE_ITEMS, ...filter }) {
      const place = before === undefined ? undefined : decodeCursor(LogPlace, before, 'before')
      const rows = await newestInScope(deps.read, scope, { ...filter, before: place }, limit + 1)
      const page = pageOf(rows, limit, (row): LogPlace => ({ atMs: Number(row.occurredAtMs), passageId: row.passageId }))
      const { personRef } = filter
      if (personRef !== undefined) {
        const estateId = page.rows[0]?.estateId ?? (scope === 'all' ? null : scope[0] ?? null)
        await deps.change(caller.userId, (change) => change.audit({
          action: 'access-log.person-history', subject: `person:${personRef}`, estateId, after: { items: page.rows.length },
        }))
      }
      return { items: seenBy(caller, await itemsOf(deps.read, page.rows)), older: page.next }
    },
    async find(caller, scope, passageId) {
      const [row] = await log.passagesById(deps.read, [passageId])
      if (row === undefined || !covers(scope, row.estateId)) throw fail('SV_HTTP_NOT_FOUND')
      return seenBy(caller, await itemsOf(deps.read, [row]))[0] as AccessLogItem
    },
    byIds: async (passageIds) => itemsOf(deps.read, await log.passagesById(deps.read, passageIds)),
  }
}
