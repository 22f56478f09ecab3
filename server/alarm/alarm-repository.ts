import type { EstateScope } from '../auth/roles.js'
import { bulkWrite } from '../db/bulk.js'
import type { Tx } from '../db/transaction.js'
import { type AlarmRegisters, alarmOf } from './alarm-rules.js'

export interface AlarmRow {
  readonly gatewayId: string
  readonly alarmId: string
  readonly estateId: string
  readonly raisedAtMs: number
  readonly registers: AlarmRegisters
}

type Stored = Omit<AlarmRow, 'raisedAtMs' | 'registers'> & { readonly raisedAtMs: bigint; readonly registers: string }
const rowOf = ({ gatewayId, alarmId, estateId, raisedAtMs, registers }: Stored): AlarmRow =>
  ({ gatewayId, alarmId, estateId, raisedAtMs: Number(raisedAtMs), registers: JSON.parse(registers) as AlarmRegisters })

/** What is known of this gateway's alarms, by id. */
export async function registersOf(tx: Tx, gatewayId: string, alarmIds: readonly string[]): Promise<Map<string, AlarmRegisters>> {
  const rows = await tx.alarm.findMany({ where: { gatewayId, alarmId: { in: [...alarmIds] } }, select: { alarmId: true, registers: true } })
  return new Map(rows.map(({ alarmId, registers }) => [alarmId, JSON.parse(registers) as AlarmRegisters]))
}

const ALARMS = {
  table: 'Alarm', key: ['gatewayId', 'alarmId'],
  columns: ['gatewayId', 'alarmId', 'estateId', 'kind', 'state', 'open', 'gateId', 'deviceId', 'passageId', 'personRef', 'detail', 'raisedAtMs', 'updatedAtMs', 'registers'],
  onConflict: { update: ['kind', 'state', 'open', 'gateId', 'deviceId', 'passageId', 'personRef', 'detail', 'raisedAtMs', 'updatedAtMs', 'registers'] },
} as const

export async function saveRegisters(tx: Tx, origin: { gatewayId: string; estateId: string }, alarms: ReadonlyMap<string, AlarmRegisters>): Promise<void> {
  const { gatewayId, estateId } = origin
  const rows = [...alarms].map(([alarmId, registers]) => {
    const { alarm, state, gateId, deviceId, passageId, personRef, detail, raisedAtMs, updatedAtMs } = alarmOf(registers)
    return {
      gatewayId, alarmId, estateId, kind: alarm, state, open: state !== 'cleared', gateId, deviceId, passageId, personRef, detail, raisedAtMs, updatedAtMs,
      registers: JSON.stringify(registers),
    }
  })
  await bulkWrite(tx, ALARMS, rows, ['alarmId'])
}

const within = (scope: EstateScope): { estateId?: { in: string[] } } => (scope === 'all' ? {} : { estateId: { in: [...scope] } })

/** Alarms that somebody must look at, the longest-standing first. */
export const openWithin = async (tx: Tx, scope: EstateScope, limit: number): Promise<AlarmRow[]> =>
  (await tx.alarm.findMany({ where: { ...within(scope), open: true }, orderBy: [{ raisedAtMs: 'asc' }, { alarmId: 'asc' }], take: limit })).map(rowOf)

export interface AlarmFilter {
  readonly kind?: string
  readonly gateId?: string
  readonly deviceId?: string
  readonly fromMs?: number
  readonly toMs?: number
  readonly before?: { readonly atMs: number; readonly alarmId: string }
}

/** Alarms of any state, newest first. */
export async function newestWithin(tx: Tx, scope: EstateScope, { fromMs, toMs, before, ...equal }: AlarmFilter, limit: number): Promise<AlarmRow[]> {
  const untilMs = before === undefined ? toMs : Math.min(before.atMs, toMs ?? before.atMs)
  const rows = await tx.alarm.findMany({
    where: {
      ...within(scope), ...equal,
      raisedAtMs: { ...(fromMs === undefined ? {} : { gte: BigInt(fromMs) }), ...(untilMs === undefined ? {} : { lte: BigInt(untilMs) }) },
      ...(before === undefined ? {} : { OR: [{ raisedAtMs: { lt: BigInt(before.atMs) } }, { alarmId: { lt: before.alarmId } }] }),
    },
    orderBy: [{ raisedAtMs: 'desc' }, { alarmId: 'desc' }], take: limit,
  })
  return rows.map(rowOf)
}

/** An alarm of the estate. Of two gateways that name the same one the latest counts. */
export async function find(tx: Tx, estateId: string, alarmId: string): Promise<AlarmRow | undefined> {
  const row = await tx.alarm.findFirst({ where: { estateId, alarmId }, orderBy: { gatewayId: 'desc' } })
  return row === null ? undefined : rowOf(row)
}

export const byIds = async (tx: Tx, estateId: string, alarmIds: readonly string[]): Promise<AlarmRow[]> =>
  (await tx.alarm.findMany({ where: { estateId, alarmId: { in: [...alarmIds] } }, orderBy: [{ raisedAtMs: 'asc' }, { alarmId: 'asc' }] })).map(rowOf)

/** Names of gates, persons and staff that alarms speak of, by id; gates by estate and id. */
export async function namesFor(tx: Tx, rows: readonly AlarmRow[]) {
  const conditions = rows.map((row) => alarmOf(row.registers))
  const estateIds = [...new Set(rows.map((row) => row.estateId))]
  const refs = (values: ReadonlyArray<string | null | undefined>): string[] => [...new Set(values.filter((value): value is string => typeof value === 'string'))]
  const gateIds = refs(conditions.map((alarm) => alarm.gateId))
  const personRefs = refs(conditions.map((alarm) => alarm.personRef))
  const userIds = refs(conditions.flatMap((alarm) => [alarm.acknowledged?.operatorRef, alarm.cleared?.operatorRef]))
  const [gates, persons, users] = await Promise.all([
    gateIds.length === 0 ? [] : tx.gate.findMany({ where: { estateId: { in: estateIds }, gateId: { in: gateIds } }, select: { estateId: true, gateId: true, name: true } }),
    personRefs.length === 0 ? [] : tx.person.findMany({ where: { personRef: { in: personRefs } }, select: { personRef: true, displayName: true } }),
    userIds.length === 0 ? [] : tx.user.findMany({ where: { userId: { in: userIds } }, select: { userId: true, displayName: true } }),
  ])
  return {
    gate: new Map(gates.map((row) => [`${row.estateId}/${row.gateId}`, row.name])),
    person: new Map(persons.flatMap(({ personRef, displayName }) => (displayName === null ? [] : [[personRef, displayName] as const]))),
    user: new Map(users.map((row) => [row.userId, row.displayName])),
  }
}
