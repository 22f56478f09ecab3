import type { RecordOf } from '#contract/sync-records.js'
import { compareDay } from '../../../server/estate-payment/close-service.js'
import { createEstatePaymentProjector } from '../../../server/estate-payment/estate-payment-projection.js'
import type { Account } from '../../../server/ledger/chart.js'
import * as ledger from '../../../server/ledger/ledger-service.js'
import { payableBill } from '../../../server/billing/bill-register.js'
import { stampOf, uuid } from '../../support/factories.js'
import { START_WALL_MS, createVirtualClock } from '../../support/virtual-clock.js'
import { HOUSEHOLD, issueBill } from '../payment/payment-rig.js'
import { tempDatabase } from '../support/temp-database.js'
import { openIngest } from '../sync/ingest-rig.js'

export const ESTATE = 'estate-1'
export const HOUSEHOLD_NO = 'L-2026-0001'
/** Day of the records below, in Asia/Shanghai. */
export const DAY = new Date(START_WALL_MS + 8 * 3_600_000).toISOString().slice(0, 10)
export const SLIP = { merchantId: '898440312345678', terminalId: '01234567', reference: '012345678901' }

type Payment = RecordOf<'payment.v1'>
/** 100 yuan in cash at `till-1`, under this number, for no bill in particular. */
export const payment = (number: number, change: Partial<Payment> = {}): Payment => ({
  kind: 'payment.v1', ...stampOf(number), paymentId: uuid(number, 0xb1), deviceId: 'till-1', number, way: 'cash', fen: 10_000, householdNo: HOUSEHOLD_NO, billId: null,
  outTradeNo: null, pos: null, takenAtMs: START_WALL_MS, deviceWallMs: START_WALL_MS, ...change,
})

/** A count of the day at `till-1`, by default of cash alone. */
export const estateClose = (number: number, count: number, fen: number, change: Partial<RecordOf<'estate-close.v1'>> = {}): RecordOf<'estate-close.v1'> => ({
  kind: 'estate-close.v1', ...stampOf(number), bizDate: DAY, ways: count === 0 ? [] : [{ way: 'cash', count, fen }],
  tills: count === 0 ? [] : [{ deviceId: 'till-1', first: 1, last: count, count }], cause: 'day-end', operatorRef: null, ...change,
})

/** A server that takes the log of one estate's gateway, with one household and the books. */
export async function estatePaymentRig() {
  const db = await tempDatabase()
  const clock = createVirtualClock()
  const ingest = await openIngest(db, { estateId: ESTATE, projectors: [createEstatePaymentProjector({ clock })] })
  await db.transact((tx) => tx.household.create({ data: { householdId: HOUSEHOLD, estateId: ESTATE, householdNo: HOUSEHOLD_NO, createdAtMs: 1n } }))
  let sent = 0
  return {
    ...ingest, db, clock,
    bill: (billId: string, fen: number) => db.transact((tx) => issueBill(tx, billId, fen, ESTATE)),
    /** Appends records to the gateway's log and hands them over. */
    async report(...records: object[]): Promise<void> {
      ingest.log.append(...records)
      await ingest.send(ingest.log.batch(sent + 1, ingest.log.lastSeq))
      sent = ingest.log.lastSeq
    },
    owed: async (billId: string): Promise<number> => ((await payableBill(db.read, billId))?.outstanding ?? []).reduce((sum, part) => sum + part.fen, 0),
    /** Of an account, and of what it is kept by where that is named. */
    balance: async (account: Account, of?: string): Promise<number> => (await ledger.balances(db.read, [ESTATE], '2099-12-31'))
      .filter((row) => row.account === account && (of === undefined || row.of === of)).reduce((sum, row) => sum + row.balanceFen, 0),
    /** Everything comes from somewhere, chains and adds up. */
    books: () => ledger.verifyLedger(db.read),
    states: async () => (await db.read.estatePayment.findMany({ orderBy: [{ epoch: 'asc' }, { seq: 'asc' }] })).map(({ state }) => state),
    day: (bizDate = DAY) => compareDay(db.read, ESTATE, bizDate),
  }
}
