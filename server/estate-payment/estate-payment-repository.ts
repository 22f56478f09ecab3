import type { PayWay, PosSlip } from '#contract/till-messages.js'
import type { EstateCloseV1 } from '#contract/till-records.js'
import type { Tx } from '../db/transaction.js'
import type { BillPart } from '../ledger/posting-rules.js'
import type { Origin, Place } from '../sync/record-place.js'

/** `noted`: paid by phone, the channel tells of it. `conflict`: another record told the same payment with other content. */
export const PAYMENT_STATES = ['posted', 'suspended', 'noted', 'repeat', 'conflict'] as const
export type EstatePaymentState = (typeof PAYMENT_STATES)[number]

export interface EstatePaymentRecord {
  readonly place: Place
  readonly paymentId: string
  readonly estateId: string
  readonly deviceId: string
  readonly number: number
  readonly way: PayWay
  readonly fen: number
  readonly householdNo: string
  readonly householdId: string | null
  readonly billId: string | null
  readonly outTradeNo: string | null
  readonly pos: PosSlip | null
  readonly takenAtMs: number
  readonly bizDate: string
  readonly state: EstatePaymentState
  readonly parts: readonly BillPart[]
  readonly prepaidFen: number
  readonly receivedAtMs: number
}

type Row = NonNullable<Awaited<ReturnType<Tx['estatePayment']['findFirst']>>>
const recordOf = ({ gatewayId, epoch, seq, takenId: _, ...row }: Row): EstatePaymentRecord => ({
  ...row, place: { gatewayId, epoch, seq: Number(seq) }, number: Number(row.number), way: row.way as PayWay, fen: Number(row.fen), state: row.state as EstatePaymentState,
  pos: row.pos === null ? null : (JSON.parse(row.pos) as PosSlip), takenAtMs: Number(row.takenAtMs), parts: JSON.parse(row.parts) as BillPart[], prepaidFen: Number(row.prepaidFen),
  receivedAtMs: Number(row.receivedAtMs),
})

/** The record of a payment that counts, or null. */
export async function findTaken(tx: Tx, paymentId: string): Promise<EstatePaymentRecord | null> {
  const row = await tx.estatePayment.findUnique({ where: { takenId: paymentId } })
  return row === null ? null : recordOf(row)
}

/** A repeat or a conflict counts for nothing. Throws where a record of the same payment counts already. */
export async function insertPayment(tx: Tx, { place, ...payment }: EstatePaymentRecord): Promise<void> {
  const counts = payment.state !== 'repeat' && payment.state !== 'conflict'
  await tx.estatePayment.create({ data: {
    ...payment, gatewayId: place.gatewayId, epoch: place.epoch, seq: BigInt(place.seq), takenId: counts ? payment.paymentId : null, number: BigInt(payment.number),
    fen: BigInt(payment.fen), pos: payment.pos === null ? null : JSON.stringify(payment.pos), takenAtMs: BigInt(payment.takenAtMs), parts: JSON.stringify(payment.parts),
    prepaidFen: BigInt(payment.prepaidFen), receivedAtMs: BigInt(payment.receivedAtMs),
  } })
}

/** All of an estate's day, by till and number. */
export const paymentsOfDay = async (read: Tx, estateId: string, bizDate: string): Promise<EstatePaymentRecord[]> =>
  (await read.estatePayment.findMany({ where: { estateId, bizDate }, orderBy: [{ deviceId: 'asc' }, { number: 'asc' }, { epoch: 'asc' }, { seq: 'asc' }] })).map(recordOf)

/** Numbers from first to last that a till gave and whose payments came in, whatever their day. */
export async function numbersOfTill(read: Tx, estateId: string, deviceId: string, first: number, last: number): Promise<number[]> {
  const rows = await read.estatePayment.findMany({ where: { estateId, deviceId, number: { gte: BigInt(first), lte: BigInt(last) } }, select: { number: true } })
  return rows.map(({ number }) => Number(number))
}

export interface PaymentFilter {
  readonly estateIds: readonly string[] | null
  readonly bizDate?: string | undefined
  readonly state?: EstatePaymentState | undefined
}
/** Newest first, after a place. */
export const paymentsBefore = async (read: Tx, { estateIds, bizDate, state }: PaymentFilter, before: { takenAtMs: number; paymentId: string } | null, limit: number) =>
  (await read.estatePayment.findMany({
    where: {
      ...(estateIds === null ? {} : { estateId: { in: [...estateIds] } }), ...(bizDate === undefined ? {} : { bizDate }), ...(state === undefined ? {} : { state }),
      ...(before === null ? {} : { OR: [{ takenAtMs: { lt: BigInt(before.takenAtMs) } }, { takenAtMs: BigInt(before.takenAtMs), paymentId: { lt: before.paymentId } }] }),
    },
    orderBy: [{ takenAtMs: 'desc' }, { paymentId: 'desc' }, { seq: 'desc' }], take: limit,
  })).map(recordOf)

export interface CloseRecord extends Pick<EstateCloseV1, 'bizDate' | 'ways' | 'tills' | 'cause' | 'operatorRef'> {
  readonly place: Place
  readonly estateId: string
  readonly closedAtMs: number
}
type CloseRow = NonNullable<Awaited<ReturnType<Tx['estateClose']['findFirst']>>>
const closeOf = ({ gatewayId, epoch, seq, ways, tills, cause, closedAtMs, ...row }: CloseRow): CloseRecord => ({
  ...row, place: { gatewayId, epoch, seq: Number(seq) }, ways: JSON.parse(ways) as EstateCloseV1['ways'], tills: JSON.parse(tills) as EstateCloseV1['tills'],
  cause: cause as EstateCloseV1['cause'], closedAtMs: Number(closedAtMs),
})

export async function findClose(tx: Tx, { gatewayId }: Origin, bizDate: string): Promise<CloseRecord | null> {
  const row = await tx.estateClose.findUnique({ where: { gatewayId_bizDate: { gatewayId, bizDate } } })
  return row === null ? null : closeOf(row)
}

export async function saveClose(tx: Tx, { place, closedAtMs, ways, tills, ...close }: CloseRecord): Promise<void> {
  const { gatewayId, epoch, seq } = place
  const data = { ...close, epoch, seq: BigInt(seq), ways: JSON.stringify(ways), tills: JSON.stringify(tills), closedAtMs: BigInt(closedAtMs) }
  await tx.estateClose.upsert({ where: { gatewayId_bizDate: { gatewayId, bizDate: close.bizDate } }, create: { gatewayId, ...data }, update: data })
}

export const closesOfDay = async (read: Tx, estateId: string, bizDate: string): Promise<CloseRecord[]> =>
  (await read.estateClose.findMany({ where: { estateId, bizDate }, orderBy: { gatewayId: 'asc' } })).map(closeOf)

/** Days of an estate with a payment or a count, the newest first. */
export async function daysOfEstate(read: Tx, estateId: string, fromDate: string, untilDate: string): Promise<string[]> {
  const where = { estateId, bizDate: { gte: fromDate, lte: untilDate } }
  const found = await Promise.all([
    read.estateClose.findMany({ where, distinct: ['bizDate'], select: { bizDate: true } }),
    read.estatePayment.findMany({ where, distinct: ['bizDate'], select: { bizDate: true } }),
  ])
  return [...new Set(found.flat().map(({ bizDate }) => bizDate))].sort().reverse()
}

/** The first day on which anything came in or was counted at the estate; null where it has no till. */
export async function firstDay(read: Tx, estateId: string): Promise<string | null> {
  const days = await Promise.all([
    read.estateClose.aggregate({ where: { estateId }, _min: { bizDate: true } }), read.estatePayment.aggregate({ where: { estateId }, _min: { bizDate: true } }),
  ])
  return days.flatMap((day) => day._min.bizDate ?? []).sort()[0] ?? null
}

/** The first gateway that shows an order's code is the one that counts it. */
export async function noteTillOrder(tx: Tx, { outTradeNo, estateId, gatewayId, deviceId, shownAtMs }: {
  outTradeNo: string; estateId: string; gatewayId: string; deviceId: string; shownAtMs: number
}): Promise<void> {
  await tx.tillOrder.upsert({ where: { outTradeNo }, create: { outTradeNo, estateId, gatewayId, deviceId, shownAtMs: BigInt(shownAtMs) }, update: {} })
}

/** Numbers of orders that were shown at the estate's tills within a time. */
export async function tillOrdersWithin(read: Tx, estateId: string, fromMs: number, untilMs: number): Promise<string[]> {
  const rows = await read.tillOrder.findMany({ where: { estateId, shownAtMs: { gte: BigInt(fromMs), lt: BigInt(untilMs) } }, select: { outTradeNo: true } })
  return rows.map(({ outTradeNo }) => outTradeNo)
}
export const isTillOrder = async (read: Tx, outTradeNo: string, gatewayId: string): Promise<boolean> =>
  (await read.tillOrder.findUnique({ where: { outTradeNo }, select: { gatewayId: true } }))?.gatewayId === gatewayId
