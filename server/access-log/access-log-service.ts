import type { RunChange } from '../audit/change.js'
import { type Caller, type EstateScope, covers } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import * as log from './access-log-repository.js'
import { visitNames } from '../visitor/visit-register.js'
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
export async function itemsOf(read: Tx, passages: readonly log.PassageRow[]): Promise<AccessLogItem[]> {
  const visitIds = [...new Set(passages.flatMap((row) => (row.visitId === null ? [] : [row.visitId])))]
  const [outcome, gateName, names, operators, visitors] = await Promise.all([
    log.outcomesOf(read, passages), log.gateNames(read, passages), log.personNames(read, passages), log.operatorNames(read, passages), visitNames(read, visitIds),
  ])
  // A gateway names visits of its own estate alone.
  const visitorName = ({ visitId, estateId }: log.PassageRow): string | undefined => {
    const visitor = visitors.get(visitId ?? '')
    return visitor?.estateId === estateId ? visitor.displayName : undefined
  }
  return passages.map((row): AccessLogItem => {
    const done = outcome(row)
    const codes = row as { way: AccessLogItem['way']; direction: AccessLogItem['direction']; result: AccessLogItem['result']; reason: AccessLogItem['reason'] }
    return {
      passageId: row.passageId, estateId: row.estateId, gateId: row.gateId, gateName: gateName(row) ?? row.gateId, deviceId: row.deviceId,
      way: codes.way, direction: codes.direction, result: codes.result, reason: codes.reason, remarks: JSON.parse(row.remarks) as AccessLogItem['remarks'],
      personRef: row.personRef, personName: (row.personRef === null ? visitorName(row) : names.get(row.personRef)) ?? null,
      operatorRef: row.operatorRef, operatorName: (row.operatorRef === null ? undefined : operators.get(row.operatorRef)) ?? null,
      override: row.override as AccessLogItem['override'],
      score: row.score, margin: row.margin, threshold: row.threshold, liveness: row.liveness,
      gallerySize: row.gallerySize, ageMs: row.ageMs, waitMs: row.waitMs, attempts: row.attempts, timings: JSON.parse(row.timings) as Record<string, number>,
      occurredAtMs: Number(row.occurredAtMs), gatewayId: row.gatewayId, epoch: row.epoch, seq: Number(row.seq),
      permitId: row.permitId, credentialId: row.credentialId, visitId: row.visitId,
      commandOutcome: (done?.outcome ?? null) as AccessLogItem['commandOutcome'],
      commandReason: (done?.reason ?? null) as AccessLogItem['commandReason'], commandLatencyMs: numberOrNull(done?.latencyMs),
    }
  })
}

/** The item as a reader with this right sees it. */
export const withNameRight = (item: AccessLogItem, right: NameRight): AccessLogItem =>
  right === 'clear' || item.personName === null ? item : { ...item, personName: maskedName(item.personName) }

export function createAccessLogService(deps: { read: Tx; change: RunChange }): AccessLogService {
  const seenBy = (caller: Caller, items: readonly AccessLogItem[]): AccessLogItem[] =>
    items.map((item) => withNameRight(item, nameRight(caller, item.estateId)))

  return {
    async list(caller, scope, { estateId: _estateId, before, limit = PAGE_ITEMS, ...filter }) {
      const place = before === undefined ? undefined : decodeCursor(LogPlace, before, 'before')
      const rows = await log.newestPassages(deps.read, scope, filter, place, limit + 1)
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
