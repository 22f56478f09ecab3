import type { AlarmState } from '#contract/alarm-records.js'
import { type NameRight, maskedName, nameRight } from '../access-log/name-rules.js'
import type { Caller, EstateScope } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { type PendingOrder, pendingAbout } from '../order/order-register.js'
import type { OrderService } from '../order/order-service.js'
import type { OrderView } from '../order/schemas.js'
import * as repository from './alarm-repository.js'
import { alarmOf, byUrgency } from './alarm-rules.js'
import { AlarmPlace, type AlarmQuery, type AlarmView } from './schemas.js'

const PAGE_ITEMS = 50
/** Alarms shown at a time among those that are open; above it something is wrong as a whole. */
const OPEN_MAX = 200
/** Read to find the most urgent ones among. */
const OPEN_READ_MAX = 2_000

export interface AlarmService {
  /** Alarms that are not cleared, the most urgent first. */
  open(caller: Caller, scope: EstateScope): Promise<{ alarms: AlarmView[]; more: boolean }>
  /** Alarms of any state, newest first. @throws AppError SV_HTTP_VALIDATION where `before` is no cursor */
  list(caller: Caller, scope: EstateScope, query: AlarmQuery): Promise<{ alarms: AlarmView[]; older: string | null }>
  /**
   * Asks the gateway to note that somebody looks after it, or that its cause is gone. What is asked already is not asked twice.
   * @throws AppError SV_HTTP_NOT_FOUND, SV_ALARM_STATE, SV_ORDER_*
   */
  ask(caller: Caller, estateId: string, alarmId: string, state: 'acknowledged' | 'cleared', note: string | undefined): Promise<OrderView>
  /** With names in clear. */
  byIds(estateId: string, alarmIds: readonly string[]): Promise<AlarmView[]>
}

export const withAlarmNameRight = (alarm: AlarmView, right: NameRight): AlarmView =>
  right === 'clear' || alarm.personName === null ? alarm : { ...alarm, personName: maskedName(alarm.personName) }

const RANK: Readonly<Record<AlarmState, number>> = { raised: 0, acknowledged: 1, cleared: 2 }
const subjectOf = (alarmId: string): string => `alarm:${alarmId}`

export function createAlarmService(deps: { read: Tx; orders: Pick<OrderService, 'give' | 'byIds'> }): AlarmService {
  const { read, orders } = deps

  const viewsOf = async (rows: readonly repository.AlarmRow[]): Promise<AlarmView[]> => {
    const [names, asked] = await Promise.all([
      repository.namesFor(read, rows), pendingAbout(read, [...new Set(rows.map((row) => row.estateId))], rows.map((row) => subjectOf(row.alarmId))),
    ])
    const pending = (row: repository.AlarmRow, state: AlarmState): PendingOrder | undefined =>
      asked.find((order) => order.subject === subjectOf(row.alarmId) && RANK[order.content['state'] as AlarmState] > RANK[state])
    return rows.map((row) => {
      const { alarm: kind, gateId, personRef, acknowledged, cleared, updatedAtMs: _, ...same } = alarmOf(row.registers)
      const step = (done: typeof acknowledged): AlarmView['acknowledged'] =>
        done === null ? null : { ...done, operatorName: (done.operatorRef === null ? undefined : names.user.get(done.operatorRef)) ?? null }
      const order = pending(row, same.state)
      return {
        alarmId: row.alarmId, estateId: row.estateId, gatewayId: row.gatewayId, kind, ...same, gateId,
        gateName: gateId === null ? null : names.gate.get(`${row.estateId}/${gateId}`) ?? gateId,
        personRef, personName: (personRef === null ? undefined : names.person.get(personRef)) ?? null,
        acknowledged: step(acknowledged), cleared: step(cleared),
        pending: order === undefined ? null : { orderId: order.orderId, state: order.content['state'] as 'acknowledged' | 'cleared', sinceMs: order.createdAtMs },
      }
    })
  }
  const seenBy = (caller: Caller, alarms: readonly AlarmView[]): AlarmView[] => alarms.map((alarm) => withAlarmNameRight(alarm, nameRight(caller, alarm.estateId)))

  return {
    async open(caller, scope) {
      const rows = await repository.openWithin(read, scope, OPEN_READ_MAX)
      const urgent = rows.map((row) => ({ row, ...alarmOf(row.registers) })).map(({ alarm: kind, ...rest }) => ({ kind, ...rest })).sort(byUrgency).slice(0, OPEN_MAX)
      return { alarms: seenBy(caller, await viewsOf(urgent.map(({ row }) => row))), more: rows.length > OPEN_MAX }
    },
    async list(caller, scope, { estateId: _estateId, before, limit = PAGE_ITEMS, ...filter }) {
      const place = before === undefined ? {} : { before: decodeCursor(AlarmPlace, before, 'before') }
      const rows = await repository.newestWithin(read, scope, { ...filter, ...place }, limit + 1)
      const page = pageOf(rows, limit, (row) => ({ atMs: row.raisedAtMs, alarmId: row.alarmId }))
      return { alarms: seenBy(caller, await viewsOf(page.rows)), older: page.next }
    },
    async ask(caller, estateId, alarmId, state, note) {
      const row = await repository.find(read, estateId, alarmId)
      if (row === undefined) throw fail('SV_HTTP_NOT_FOUND')
      if (RANK[alarmOf(row.registers).state] >= RANK[state]) throw fail('SV_ALARM_STATE', { field: 'state', problem: `is ${alarmOf(row.registers).state} already` })
      const asked = (await pendingAbout(read, [estateId], [subjectOf(alarmId)])).find((order) => order.content['state'] === state)
      const [known] = asked === undefined ? [] : await orders.byIds([asked.orderId])
      if (known?.state === 'waiting' || known?.state === 'given') return known
      return orders.give(caller.userId, { estateId, gatewayId: row.gatewayId, note, request: { kind: 'alarm.v1', content: { alarmId, state } } })
    },
    byIds: async (estateId, alarmIds) => viewsOf(await repository.byIds(read, estateId, alarmIds)),
  }
}
