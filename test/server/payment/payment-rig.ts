import type { Tx } from '../../../server/db/transaction.js'
import { createRunChange } from '../../../server/audit/change.js'
import { payableBill } from '../../../server/billing/bill-register.js'
import * as ledger from '../../../server/ledger/ledger-service.js'
import type { Account } from '../../../server/ledger/chart.js'
import type { ChannelName, PayChannel } from '../../../server/payment/channel/channel-port.js'
import { createNotifyService } from '../../../server/payment/notify-service.js'
import { createOrderService } from '../../../server/payment/order-service.js'
import { createQuerySweep } from '../../../server/payment/query-sweep.js'
import { createPayoutService } from '../../../server/payment/payout-service.js'
import { createPrepaymentService } from '../../../server/payment/prepayment-service.js'
import { createRefundPayoutService } from '../../../server/payment/refund-payout-service.js'
import { createRefundService } from '../../../server/payment/refund-service.js'
import { createSuspenseService } from '../../../server/payment/suspense-service.js'
import { isHandedOver } from '../../../server/treasury/treasury-register.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'
import { systemIds, tempDatabase } from '../support/temp-database.js'

export const HOUSEHOLD = 'h-1'

/** An issued bill of rent, with its accrual in the books. */
export async function issueBill(tx: Tx, billId: string, fen: number, estateId = 'jh'): Promise<void> {
  await tx.bill.create({ data: {
    billId, estateId, householdId: HOUSEHOLD, kind: 'rent', period: billId, ref: '', label: '公租房租金 2026-09', unitLabel: '1-101', fromDate: '2026-09-01', untilDate: '2026-09-30',
    issuedOn: '2026-09-01', dueDate: '2026-09-10', totalFen: BigInt(fen), issuedAtMs: 1n,
  } })
  const sums = { issuedFen: BigInt(fen), reducedFen: 0n, offsetFen: 0n, paidFen: 0n, openFen: BigInt(fen) }
  await tx.billPart.create({ data: { billId, receivable: 'rent-receivable', estateId, householdId: HOUSEHOLD, dueDate: '2026-09-10', ...sums } })
  const parts = [{ billId, householdId: HOUSEHOLD, receivable: 'rent-receivable', fen } as const]
  await ledger.post({ tx, atMs: 1, by: null }, [{ estateId, causeRef: billId, bizDate: '2026-09-01', memo: null, event: { kind: 'billed', parts } }])
}

/** The payment services on a real database, over the channels that a test gives. */
export async function paymentRig(channels: Partial<Record<ChannelName, PayChannel>>, clock = createVirtualClock(), doublePayment: 'prepayment' | 'refund' = 'prepayment') {
  const db = await tempDatabase()
  const change = createRunChange({ db, clock })
  const log = createRecordingLog()
  const byName = new Map(Object.entries(channels) as Array<[ChannelName, PayChannel]>)
  const taking = { ids: systemIds, random: systemRandom, doublePayment }
  const deps = { read: db.read, change, channels: byName, taking, isHandedOver, runtime: { clock, ids: systemIds, random: systemRandom, log } }
  const refunds = createRefundService(deps)
  return {
    db, clock, change, log, refunds, suspense: createSuspenseService({ read: db.read, change, random: systemRandom, send: refunds.send }),
    payouts: createPayoutService({ change }), refundPayouts: createRefundPayoutService({ change, isHandedOver }),
    prepayments: createPrepaymentService({ read: db.read, change, ids: systemIds }),
    orders: createOrderService(deps),
    sweep: createQuerySweep(deps).sweep,
    notifies: createNotifyService({ change, channels: byName, taking, log, refundMoved: (_, notify) => refunds.told(notify.outRefundNo, notify.refund) }),
    bill: (billId: string, fen: number) => db.transact((tx) => issueBill(tx, billId, fen)),
    owed: async (billId: string): Promise<number> => ((await payableBill(db.read, billId))?.outstanding ?? []).reduce((sum, part) => sum + part.fen, 0),
    balance: async (account: Account): Promise<number> => (await ledger.balances(db.read, null, '2099-12-31')).filter((row) => row.account === account).reduce((sum, row) => sum + row.balanceFen, 0),
    /** Every entry balances, chains and adds up. */
    books: () => ledger.verifyLedger(db.read),
    orderOf: (outTradeNo: string) => db.read.payOrder.findUniqueOrThrow({ where: { outTradeNo } }),
  }
}
export const WISH = { channel: 'wechat', scene: 'qr', payerId: null, payerAddress: null, returnUrl: null } as const
export { START_WALL_MS }
