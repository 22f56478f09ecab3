import { onTestFinished } from 'vitest'
import { openBulkConnection } from '../../../../server/db/bulk-connection.js'
import type { Tx } from '../../../../server/db/transaction.js'
import { addDays, civilDateOf } from '../../../../server/household/civil-date-rules.js'
import { DATE } from '../bill-samples.js'
import { tempDatabase } from '../../support/temp-database.js'

/** An order of ours as a test tells of it; what is not said follows. */
export interface OrderFixture {
  readonly outTradeNo: string
  readonly fen: number
  readonly state?: 'paid' | 'paying' | 'closed' | 'created' | 'failed' | 'late-paid' | 'refunded'
  readonly transactionId?: string | null
  readonly paidFen?: number
  readonly prepaidFen?: number
  readonly billId?: string
  readonly estateId?: string
  readonly householdId?: string
  readonly createdAtMs: number
  readonly paidAtMs: number | null
  readonly channel?: 'wechat' | 'alipay'
  readonly merchantId?: string
}

export const MERCHANT = '1900000109'
/** Days around one without holidays between. */
export const poolOf = (billDate: string) => [addDays(billDate, -3), addDays(billDate, 3)] as const

export async function putOrder(tx: Tx, order: OrderFixture): Promise<void> {
  const { outTradeNo, fen, state = 'paid', transactionId = null, prepaidFen = 0, createdAtMs, paidAtMs, channel = 'wechat', merchantId = MERCHANT } = order
  const isPaid = paidAtMs !== null
  await tx.payOrder.create({ data: {
    outTradeNo, estateId: order.estateId ?? 'jh', householdId: order.householdId ?? 'h-1', billId: order.billId ?? `B-${outTradeNo}`, channel, merchantId, scene: 'qr', totalFen: BigInt(fen),
    description: '公租房租金', state, createdAtMs: BigInt(createdAtMs), expiresAtMs: BigInt(createdAtMs + 900_000), transactionId,
    paidFen: isPaid ? BigInt(order.paidFen ?? fen) : null, paidAtMs: isPaid ? BigInt(paidAtMs) : null, bizDate: isPaid ? civilDateOf(paidAtMs) : null, prepaidFen: BigInt(prepaidFen),
  } })
}

export async function putRefund(tx: Tx, refund: { outRefundNo: string; outTradeNo: string; fen: number; prepaidFen?: number; state: string; atMs: number }): Promise<void> {
  const { outRefundNo, outTradeNo, fen, prepaidFen = 0, state, atMs } = refund
  await tx.payRefund.create({ data: {
    outRefundNo, outTradeNo, estateId: 'jh', refundFen: BigInt(fen), prepaidFen: BigInt(prepaidFen), reason: '多缴', state, makerId: 'm', createdAtMs: BigInt(atMs), submittedAtMs: BigInt(atMs),
  } })
}

export interface StoredCase {
  readonly classCode: string
  readonly reference: string
  readonly state: string
  readonly differenceFen: number
  readonly riskFen: number
  readonly bizDate: string
}

/** A migrated database, a batch of a day in it, and the connection that works on whole bills. */
export async function reconRig() {
  const db = await tempDatabase()
  const [{ file }] = await db.read.$queryRawUnsafe<[{ file: string }]>('PRAGMA database_list')
  const bulk = openBulkConnection(`file:${file}`)
  onTestFinished(() => bulk.close())
  let batches = 0
  return {
    db, bulk, url: `file:${file}`,
    async batch(more: { channel?: string; merchantId?: string; billDate?: string; kind?: string } = {}): Promise<number> {
      const { channel = 'wechat', merchantId = MERCHANT, billDate = DATE, kind = 'trade' } = more
      const { batchNo } = await db.transact((tx) => tx.reconBatch.create({ data: {
        channel, merchantId, billDate, kind, version: (batches += 1), state: 'parsed', source: 'upload', createdAtMs: 1n, changedAtMs: 1n,
      } }))
      return batchNo
    },
    /** As if nothing had been: a fresh database takes longer. */
    empty: () => db.transact(async (tx) => {
      for (const table of ['PayOrder', 'PayRefund', 'ReconBatch', 'ReconRow', 'ReconFundRow', 'ReconCase', 'ReconCaseEvent']) await tx.$executeRawUnsafe(`DELETE FROM "${table}"`)
    }),
    async cases(): Promise<StoredCase[]> {
      const rows = await db.read.reconCase.findMany({ orderBy: [{ bizDate: 'asc' }, { classCode: 'asc' }, { reference: 'asc' }] })
      return rows.map(({ classCode, reference, state, differenceFen, riskFen, bizDate }) =>
        ({ classCode, reference, state, differenceFen: Number(differenceFen), riskFen: Number(riskFen), bizDate }))
    },
  }
}
export type ReconRig = Awaited<ReturnType<typeof reconRig>>
