import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { keysInChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import type { ChannelName, PayStep, Scene } from './channel/channel-port.js'
import type { BillPart } from '../ledger/posting-rules.js'
import type { OrderStateName } from './order-machine.js'

export interface OrderRecord {
  readonly outTradeNo: string
  readonly estateId: string
  readonly householdId: string
  readonly billId: string
  readonly channel: ChannelName
  readonly merchantId: string
  readonly scene: Scene
  readonly totalFen: number
  readonly description: string
  readonly state: OrderStateName
  readonly createdAtMs: number
  readonly createdBy: string | null
  readonly expiresAtMs: number
  readonly payStep: PayStep | null
  readonly transactionId: string | null
  readonly paidFen: number
  readonly paidAtMs: number | null
  readonly bizDate: string | null
  readonly refundedFen: number
  /** What the payment was taken for, and what went to prepayment. */
  readonly parts: readonly BillPart[]
  readonly prepaidFen: number
  readonly nextQueryAtMs: number | null
  readonly queries: number
}

type Row = NonNullable<Awaited<ReturnType<Tx['payOrder']['findUnique']>>>
const orNull = (value: bigint | null): number | null => (value === null ? null : Number(value))

const recordOf = (row: Row): OrderRecord => ({
  ...row, channel: row.channel as ChannelName, scene: row.scene as Scene, state: row.state as OrderStateName, totalFen: Number(row.totalFen), createdAtMs: Number(row.createdAtMs),
  expiresAtMs: Number(row.expiresAtMs), payStep: row.payStep === null ? null : (JSON.parse(row.payStep) as PayStep), paidFen: Number(row.paidFen ?? 0n),
  paidAtMs: orNull(row.paidAtMs),
  refundedFen: Number(row.refundedFen), parts: JSON.parse(row.parts) as BillPart[], prepaidFen: Number(row.prepaidFen), nextQueryAtMs: orNull(row.nextQueryAtMs),
})

export type NewOrderRecord = Omit<OrderRecord, 'state' | 'payStep' | 'transactionId' | 'paidFen' | 'paidAtMs' | 'bizDate' | 'refundedFen' | 'parts' | 'prepaidFen' | 'queries'>

/** Stores an order that is live for its bill. Throws where the bill has a live one. */
export async function insertOrder(tx: Tx, order: NewOrderRecord): Promise<void> {
  const { createdAtMs, expiresAtMs, totalFen, nextQueryAtMs, ...same } = order
  await tx.payOrder.create({ data: {
    ...same, state: 'created', totalFen: BigInt(totalFen), createdAtMs: BigInt(createdAtMs), expiresAtMs: BigInt(expiresAtMs),
    nextQueryAtMs: nextQueryAtMs === null ? null : BigInt(nextQueryAtMs), liveBillId: order.billId,
  } })
}

export async function findOrder(tx: Tx, outTradeNo: string): Promise<OrderRecord | null> {
  const row = await tx.payOrder.findUnique({ where: { outTradeNo } })
  return row === null ? null : recordOf(row)
}

/** Orders by number; those that are not there are left out. */
export async function findOrders(tx: Tx, outTradeNos: readonly string[]): Promise<Map<string, OrderRecord>> {
  const found = new Map<string, OrderRecord>()
  for (const some of keysInChunks([...new Set(outTradeNos)])) {
    for (const row of await tx.payOrder.findMany({ where: { outTradeNo: { in: [...some] } } })) found.set(row.outTradeNo, recordOf(row))
  }
  return found
}

/** The order that may still be paid for this bill. */
export async function findLiveOrder(tx: Tx, billId: string): Promise<OrderRecord | null> {
  const row = await tx.payOrder.findUnique({ where: { liveBillId: billId } })
  return row === null ? null : recordOf(row)
}

export interface OrderChange {
  readonly state?: OrderStateName
  readonly payStep?: PayStep
  /** Null, with the rest of the payment, where it never was. */
  readonly transactionId?: string | null
  readonly paidFen?: number | null
  readonly paidAtMs?: number | null
  readonly bizDate?: string | null
  readonly closedAtMs?: number
  readonly refundedFen?: number
  readonly parts?: readonly BillPart[]
  readonly prepaidFen?: number
  readonly nextQueryAtMs?: number | null
  readonly queries?: number
}
const OVER: readonly OrderStateName[] = ['paid', 'closed', 'failed', 'late-paid', 'part-refunded', 'refunded']
const asBigInt = (value: number | null | undefined): bigint | null | undefined => (value === undefined || value === null ? value : BigInt(value))

/** Compare and set: false, and nothing changed, where the order does not stand at `from`. An order that is over is live no more. */
export async function moveOrder(tx: Tx, outTradeNo: string, from: OrderStateName, change: OrderChange): Promise<boolean> {
  const { payStep, parts, paidFen, paidAtMs, closedAtMs, refundedFen, prepaidFen, nextQueryAtMs, ...plain } = change
  const { count } = await tx.payOrder.updateMany({ where: { outTradeNo, state: from }, data: {
    ...plain, ...(payStep === undefined ? {} : { payStep: JSON.stringify(payStep) }), ...(parts === undefined ? {} : { parts: JSON.stringify(parts) }),
    ...defined({ paidFen: asBigInt(paidFen), paidAtMs: asBigInt(paidAtMs), closedAtMs: asBigInt(closedAtMs), nextQueryAtMs: asBigInt(nextQueryAtMs) }),
    ...(refundedFen === undefined ? {} : { refundedFen: BigInt(refundedFen) }), ...(prepaidFen === undefined ? {} : { prepaidFen: BigInt(prepaidFen) }),
    ...(change.state !== undefined && OVER.includes(change.state) ? { liveBillId: null } : {}),
  } })
  return count === 1
}

export interface PaidOrder {
  readonly outTradeNo: string
  readonly from: OrderStateName
  readonly transactionId: string
  readonly paidFen: number
  readonly paidAtMs: number
  readonly bizDate: string
  readonly parts: readonly BillPart[]
  readonly prepaidFen: number
}
/** As `moveOrder` of each to `paid`, in one statement. @returns how many stood at `from` and are moved */
export const moveOrdersToPaid = (tx: Tx, orders: readonly PaidOrder[]): Promise<number> => tx.$executeRawUnsafe(
  'UPDATE "PayOrder" SET "state" = \'paid\', "transactionId" = json_extract(o.value, \'$[2]\'), "paidFen" = json_extract(o.value, \'$[3]\'), ' +
  '"paidAtMs" = json_extract(o.value, \'$[4]\'), "bizDate" = json_extract(o.value, \'$[5]\'), "parts" = json_extract(o.value, \'$[6]\'), ' +
  '"prepaidFen" = json_extract(o.value, \'$[7]\'), "nextQueryAtMs" = NULL, "liveBillId" = NULL FROM json_each(?) AS o ' +
  'WHERE "PayOrder"."outTradeNo" = json_extract(o.value, \'$[0]\') AND "PayOrder"."state" = json_extract(o.value, \'$[1]\')',
  JSON.stringify(orders.map((one) => [one.outTradeNo, one.from, one.transactionId, one.paidFen, one.paidAtMs, one.bizDate, JSON.stringify(one.parts), one.prepaidFen])))

const defined = (values: Record<string, bigint | null | undefined>): Record<string, bigint | null> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, bigint | null] => entry[1] !== undefined))

/** Orders whose channel is to be asked now, the longest due first. */
export const dueOrders = async (read: Tx, nowMs: number, limit: number): Promise<OrderRecord[]> =>
  (await read.payOrder.findMany({ where: { nextQueryAtMs: { lte: BigInt(nowMs) } }, orderBy: { nextQueryAtMs: 'asc' }, take: limit })).map(recordOf)

export const ordersOfHousehold = async (read: Tx, householdId: string, limit: number): Promise<OrderRecord[]> =>
  (await read.payOrder.findMany({ where: { householdId }, orderBy: [{ createdAtMs: 'desc' }, { outTradeNo: 'desc' }], take: limit })).map(recordOf)

export interface OrderFilter {
  readonly estateIds: readonly string[] | null
  readonly state?: OrderStateName | undefined
  readonly channel?: ChannelName | undefined
}
/** Orders newest first, after a place. */
export const ordersBefore = async (read: Tx, filter: OrderFilter, before: { createdAtMs: number; outTradeNo: string } | null, limit: number): Promise<OrderRecord[]> =>
  (await read.payOrder.findMany({
    where: {
      ...(filter.estateIds === null ? {} : { estateId: { in: [...filter.estateIds] } }), ...(filter.state === undefined ? {} : { state: filter.state }),
      ...(filter.channel === undefined ? {} : { channel: filter.channel }),
      ...(before === null ? {} : { OR: [{ createdAtMs: { lt: BigInt(before.createdAtMs) } }, { createdAtMs: BigInt(before.createdAtMs), outTradeNo: { lt: before.outTradeNo } }] }),
    },
    orderBy: [{ createdAtMs: 'desc' }, { outTradeNo: 'desc' }], take: limit,
  })).map(recordOf)

export interface EventRecord {
  readonly channel: ChannelName
  readonly eventId: string
  readonly source: 'notify' | 'query'
  readonly outTradeNo: string
  readonly receivedAtMs: number
  readonly verdict: string
  readonly raw: string
}
const EVENTS = {
  table: 'PayEvent', key: ['channel', 'eventId'], onConflict: 'ignore', columns: ['channel', 'eventId', 'source', 'outTradeNo', 'receivedAtMs', 'verdict', 'raw'],
} as const satisfies BulkTable<string>
/** Keeps events; one that was kept before, by channel and id, stays as it was. */
export const keepEvents = async (tx: Tx, events: readonly EventRecord[]): Promise<void> => void (await bulkWrite(tx, EVENTS, events.map((event) => ({ ...event })), ['eventId']))

type EventRow = NonNullable<Awaited<ReturnType<Tx['payEvent']['findUnique']>>>
const eventOf = (row: EventRow): EventRecord =>
  ({ ...row, channel: row.channel as ChannelName, source: row.source as EventRecord['source'], receivedAtMs: Number(row.receivedAtMs) })

/** What channels told of an order, the first first. */
export const eventsOf = async (read: Tx, outTradeNo: string): Promise<EventRecord[]> =>
  (await read.payEvent.findMany({ where: { outTradeNo }, orderBy: [{ receivedAtMs: 'asc' }, { eventId: 'asc' }] })).map(eventOf)
export async function findEvent(read: Tx, channel: string, eventId: string): Promise<EventRecord | null> {
  const row = await read.payEvent.findUnique({ where: { channel_eventId: { channel, eventId } } })
  return row === null ? null : eventOf(row)
}

/** Differences of the reconciliation that stand in suspense. */
export type HeldCause = 'settlement-short' | 'settlement-over' | 'settlement-missing' | 'bank-credit'
export interface SuspenseRecord {
  readonly suspenseId: string
  readonly estateId: string
  /** `cash`, `pos`: money that came in at an estate's till. `bank`: on a bank account; the account is then in the place of the merchant. */
  readonly channel: ChannelName | 'cash' | 'pos' | 'bank'
  readonly merchantId: string
  readonly outTradeNo: string
  readonly transactionId: string
  /** Below zero where it is a settlement that came short: somebody owes it. */
  readonly fen: number
  readonly cause: 'late' | 'amount' | 'unknown-order' | 'second-payment' | 'unknown-household' | HeldCause
  readonly createdAtMs: number
}
/** False where this payment stands in suspense already. */
export async function insertSuspense(tx: Tx, item: SuspenseRecord): Promise<boolean> {
  const { channel, transactionId } = item
  if (await tx.suspenseItem.findUnique({ where: { channel_transactionId: { channel, transactionId } }, select: { suspenseId: true } }) !== null) return false
  await tx.suspenseItem.create({ data: { ...item, fen: BigInt(item.fen), createdAtMs: BigInt(item.createdAtMs), state: 'open' } })
  return true
}
export const settleSuspense = async (tx: Tx, suspenseId: string, state: 'applied' | 'returned', atMs: number): Promise<boolean> =>
  (await tx.suspenseItem.updateMany({ where: { suspenseId, state: { in: ['open', 'proposed', 'approved'] } }, data: { state, settledAtMs: BigInt(atMs) } })).count === 1

/** What stands in suspense, oldest first. */
export async function openSuspense(read: Tx, estateIds: readonly string[] | null, limit: number): Promise<Array<SuspenseRecord & { readonly state: string }>> {
  const rows = await read.suspenseItem.findMany({
    where: { state: { in: ['open', 'proposed', 'approved'] }, ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }) }, orderBy: { createdAtMs: 'asc' }, take: limit,
  })
  return rows.map(({ suspenseId, estateId, channel, merchantId, outTradeNo, transactionId, fen, cause, state, createdAtMs }) => ({
    suspenseId, estateId, channel: channel as ChannelName, merchantId, outTradeNo, transactionId, fen: Number(fen), cause: cause as SuspenseRecord['cause'], state,
    createdAtMs: Number(createdAtMs),
  }))
}
