import type { OrderKind } from '#contract/sync-orders.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import type { OrderTimes } from './order-rules.js'

export interface OrderRow extends OrderTimes {
  readonly orderId: string
  readonly gatewayId: string
  readonly estateId: string
  readonly subject: string
  /** JSON object. */
  readonly content: string
  readonly note: string | null
  readonly operatorRef: string
  readonly createdAtMs: number
  readonly givenAtMs: number | null
  readonly outcome: string | null
  readonly outcomeReason: string | null
  readonly outcomeAtMs: number | null
  readonly endedAtMs: number | null
}

type Stored = Omit<OrderRow, 'kind' | 'createdAtMs' | 'expiresAtMs' | 'givenAtMs' | 'outcomeAtMs' | 'endedAtMs'> & {
  readonly kind: string
  readonly createdAtMs: bigint
  readonly expiresAtMs: bigint
  readonly givenAtMs: bigint | null
  readonly outcomeAtMs: bigint | null
  readonly endedAtMs: bigint | null
}
const orNull = (value: bigint | null): number | null => (value === null ? null : Number(value))
const rowOf = (row: Stored): OrderRow => ({
  ...row, kind: row.kind as OrderKind, createdAtMs: Number(row.createdAtMs), expiresAtMs: Number(row.expiresAtMs),
  givenAtMs: orNull(row.givenAtMs), outcomeAtMs: orNull(row.outcomeAtMs), endedAtMs: orNull(row.endedAtMs),
})

export async function insert(tx: Tx, order: Omit<OrderRow, 'givenAtMs' | 'outcome' | 'outcomeReason' | 'outcomeAtMs' | 'endedAtMs'>): Promise<OrderRow> {
  return rowOf(await tx.gatewayOrder.create({ data: { ...order, createdAtMs: BigInt(order.createdAtMs), expiresAtMs: BigInt(order.expiresAtMs) } }))
}

export const byIds = async (tx: Tx, orderIds: readonly string[]): Promise<OrderRow[]> =>
  (await tx.gatewayOrder.findMany({ where: { orderId: { in: [...orderIds] } }, orderBy: [{ createdAtMs: 'asc' }, { orderId: 'asc' }] })).map(rowOf)

const OPEN = { outcome: null, endedAtMs: null } as const

/** Orders without a result whose time was not yet found to be over; first those whose time is over first. */
export const openOfGateway = async (tx: Tx, gatewayId: string, limit: number): Promise<OrderRow[]> =>
  (await tx.gatewayOrder.findMany({ where: { gatewayId, ...OPEN }, orderBy: [{ expiresAtMs: 'asc' }, { orderId: 'asc' }], take: limit })).map(rowOf)

export const countOpen = (tx: Tx, gatewayId: string): Promise<number> => tx.gatewayOrder.count({ where: { gatewayId, ...OPEN } })

/** Open orders of all gateways; first those whose time is over first. */
export const allOpen = async (tx: Tx, limit: number): Promise<OrderRow[]> =>
  (await tx.gatewayOrder.findMany({ where: OPEN, orderBy: [{ expiresAtMs: 'asc' }, { orderId: 'asc' }], take: limit })).map(rowOf)

/** Open orders about these subjects, newest first. */
export const openAbout = async (tx: Tx, estateIds: readonly string[], subjects: readonly string[]): Promise<OrderRow[]> =>
  (await tx.gatewayOrder.findMany({
    where: { estateId: { in: [...estateIds] }, subject: { in: [...subjects] }, ...OPEN }, orderBy: [{ createdAtMs: 'desc' }, { orderId: 'desc' }],
  })).map(rowOf)

export interface OrderFilter {
  readonly subject?: string
  readonly before?: { readonly atMs: number; readonly orderId: string }
}

/** Newest first. */
export async function newest(tx: Tx, scope: EstateScope, { subject, before }: OrderFilter, limit: number): Promise<OrderRow[]> {
  const rows = await tx.gatewayOrder.findMany({
    where: {
      ...(scope === 'all' ? {} : { estateId: { in: [...scope] } }), ...(subject === undefined ? {} : { subject }),
      ...(before === undefined ? {} : {
        createdAtMs: { lte: BigInt(before.atMs) }, OR: [{ createdAtMs: { lt: BigInt(before.atMs) } }, { orderId: { lt: before.orderId } }],
      }),
    },
    orderBy: [{ createdAtMs: 'desc' }, { orderId: 'desc' }], take: limit,
  })
  return rows.map(rowOf)
}

export const noteGiven = async (tx: Tx, orderIds: readonly string[], atMs: number): Promise<void> =>
  void (await tx.gatewayOrder.updateMany({ where: { orderId: { in: [...orderIds] }, givenAtMs: null }, data: { givenAtMs: BigInt(atMs) } }))

export const noteEnded = async (tx: Tx, orderIds: readonly string[], atMs: number): Promise<void> =>
  void (await tx.gatewayOrder.updateMany({ where: { orderId: { in: [...orderIds] }, ...OPEN }, data: { endedAtMs: BigInt(atMs) } }))

/** Writes what the gateway says of its own order; the first result stays. */
export const settle = async (tx: Tx, gatewayId: string, orderId: string, result: { outcome: string; outcomeReason: string | null; outcomeAtMs: number }): Promise<void> =>
  void (await tx.gatewayOrder.updateMany({ where: { orderId, gatewayId, outcome: null }, data: { ...result, outcomeAtMs: BigInt(result.outcomeAtMs) } }))

/** What those are called who gave orders. */
export async function userNames(tx: Tx, userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = userIds.length === 0 ? [] : await tx.user.findMany({ where: { userId: { in: [...new Set(userIds)] } }, select: { userId: true, displayName: true } })
  return new Map(rows.map((row) => [row.userId, row.displayName]))
}

/** Ids of the estate's gateways that are in service, the latest last. */
export const gatewaysInService = async (tx: Tx, estateId: string): Promise<string[]> =>
  (await tx.gateway.findMany({ where: { estateId, revokedAtMs: null, claimedAtMs: { not: null } }, orderBy: { gatewayId: 'asc' }, select: { gatewayId: true } }))
    .map((row) => row.gatewayId)

/** The gateway that spoke of the device last. */
export const gatewayOfDevice = async (tx: Tx, estateId: string, deviceId: string): Promise<string | undefined> =>
  (await tx.deviceState.findUnique({ where: { estateId_deviceId: { estateId, deviceId } }, select: { gatewayId: true } }))?.gatewayId

/** The controller of a gate that was not removed. */
export const controllerOfGate = async (tx: Tx, estateId: string, gateId: string): Promise<string | undefined> =>
  (await tx.gate.findFirst({ where: { estateId, gateId, removedAtMs: null }, select: { controllerId: true } }))?.controllerId
