import { changeIn } from '../../../server/audit/change.js'
import { takePayment } from '../../../server/billing/bill-register.js'
import { issueBills } from '../../../server/billing/issue-bills.js'
import { periodOf } from '../../../server/billing/period-rules.js'
import type { Tx } from '../../../server/db/transaction.js'
import { addDays, civilDateOf } from '../../../server/household/civil-date-rules.js'
import { post } from '../../../server/ledger/ledger-service.js'
import type { MoneyPlace } from '../../../server/ledger/posting-rules.js'
import { TERMS } from '../../server/http/access-table-treasury.js'
import { POLICY } from '../../server/billing/billing-samples.js'
import { systemIds } from '../../server/support/temp-database.js'

const WX: MoneyPlace = { account: 'transit-wechat', of: '1900000109' }
const BANK: MoneyPlace = { account: 'bank', of: TERMS.bankAccount }
const MONTHS_OWED = 7
const RENT_FEN = 25_000
const SUSPENDED_FEN = 4_200
const DAY_MS = 86_400_000

/** One home, its head and its rent of the last months. */
async function settle(tx: Tx, nowMs: number, home: { name: string; roomNo: string; buildingId: string; tier: string }): Promise<string> {
  const { name, roomNo, buildingId, tier } = home
  const [householdId, unitId, personRef] = [systemIds.uuid(), systemIds.uuid(), systemIds.uuid()]
  const unitLabel = `6栋 ${roomNo}`
  await tx.unit.create({ data: { unitId, estateId: 'jh', buildingId, floor: 5, roomNo, label: unitLabel, areaCentiM2: 4_512, layout: '一房一厅', hasElevator: false, createdAtMs: 1n } })
  await tx.person.create({ data: { personRef, estateId: 'jh', displayName: name, birthDate: '1980-05-01', unitLabel, createdAtMs: 1n } })
  await tx.personContact.create({ data: { personRef, phone: '13800132201' } })
  await tx.household.create({ data: { householdId, estateId: 'jh', householdNo: roomNo, createdAtMs: 1n } })
  await tx.lease.create({ data: {
    leaseId: systemIds.uuid(), estateId: 'jh', householdId, unitId, leaseNo: `HT-${roomNo}`, fromDate: '2020-01-01', untilDate: '2039-12-31', agreedUntilDate: '2039-12-31', createdAtMs: 1n,
  } })
  await tx.householdMember.create({ data: { memberId: systemIds.uuid(), estateId: 'jh', householdId, personRef, role: 'head', fromDate: '2020-01-01', createdAtMs: 1n } })
  const change = changeIn(tx, nowMs, null)
  let date = civilDateOf(nowMs)
  for (let back = 0; back < MONTHS_OWED; back += 1) {
    const period = periodOf('month', date)
    await issueBills(change, [{
      billId: systemIds.uuid(), estateId: 'jh', householdId, kind: 'rent', period: period.name, ref: '', adjusts: null, label: `公租房租金 ${period.name}`, unitLabel, buildingId, tier,
      fromDate: period.fromDate, untilDate: period.untilDate, issuedOn: period.fromDate, dueDate: addDays(period.fromDate, 9), runId: null, approvalNo: null, issuedBy: null, issuedAtMs: nowMs,
      lines: [{ receivable: 'rent-receivable', fen: RENT_FEN, explanation: { kind: 'adjustment', billId: '', label: '', reason: '', approvalNo: '' } }],
    }])
    date = addDays(period.fromDate, -1)
  }
  return householdId
}

/** The books of an estate: a household that paid all, one that owes seven months, revenue to be handed over, receipts with a gap, money without a place. */
export async function seedBooks(tx: Tx, nowMs: number): Promise<string> {
  const today = civilDateOf(nowMs)
  const buildingId = systemIds.uuid()
  await tx.building.create({ data: { buildingId, estateId: 'jh', name: '6栋', floors: 6, createdAtMs: 1n } })
  await tx.billingPolicy.create({ data: { policyId: systemIds.uuid(), estateId: 'jh', fromDate: '2020-01-01', content: JSON.stringify(POLICY), setBy: 'maker', setAtMs: 1n } })
  await tx.treasuryTerms.create({ data: { termsId: systemIds.uuid(), estateId: 'jh', fromDate: '2020-01-01', content: JSON.stringify(TERMS), setBy: 'officer', setAtMs: 1n } })
  await tx.reconMerchant.create({ data: { channel: 'wechat', merchantId: WX.of, feePpm: 6_000, bankAccount: '6222-0001', settleDays: 1, setBy: 'checker', setAtMs: 1n } })
  const payer = await settle(tx, nowMs, { name: '赵大文', roomNo: '602', buildingId, tier: 'low-income' })
  await settle(tx, nowMs, { name: '钱小红', roomNo: '603', buildingId, tier: 'market' })
  const change = changeIn(tx, nowMs, null)
  const book = (event: Parameters<typeof post>[1][number]['event'], bizDate: string) => post(change, [{ estateId: 'jh', causeRef: systemIds.uuid(), bizDate, memo: null, event }])
  let number = 0
  for (const bill of await tx.bill.findMany({ where: { householdId: payer }, orderBy: { dueDate: 'asc' } })) {
    const parts = await takePayment({ tx }, { billId: bill.billId, fen: RENT_FEN })
    // The rent of a month is paid in the next one, that of the last at once.
    const paidOn = bill.dueDate < addDays(today, -40) ? addDays(bill.dueDate, 30) : addDays(today, -4)
    await book({ kind: 'paid', into: WX, parts, prepaid: null }, paidOn)
    await book({ kind: 'fee-charged', from: WX, fen: 150 }, paidOn)
    await book({ kind: 'settled', from: WX, into: BANK, fen: RENT_FEN - 150 }, addDays(paidOn, 1))
    number += number === 2 ? 2 : 1
    await tx.electronicReceipt.create({ data: {
      receiptNo: `R${String(number).padStart(4, '0')}`, estateId: 'jh', householdId: payer, billId: bill.billId, turn: 1, kind: 'issue', totalFen: BigInt(RENT_FEN), content: '{}', state: 'issued',
      billBatchCode: TERMS.receiptBatch, billNo: String(number).padStart(10, '0'), checkCode: 'a1b2c3', issuedAtMs: BigInt(nowMs - DAY_MS), busAtMs: BigInt(nowMs - DAY_MS), attempts: 1,
    } })
  }
  await book({ kind: 'fee-reimbursed', merchant: WX.of, into: BANK, fen: 150 * MONTHS_OWED }, addDays(today, -2))
  await book({ kind: 'suspended', into: WX, fen: SUSPENDED_FEN }, addDays(today, -1))
  await tx.suspenseItem.create({ data: {
    suspenseId: systemIds.uuid(), estateId: 'jh', channel: 'wechat', merchantId: WX.of, outTradeNo: 'RTLATE0001', transactionId: 'LATE0001', fen: BigInt(SUSPENDED_FEN), cause: 'late', state: 'open',
    createdAtMs: BigInt(nowMs - DAY_MS),
  } })
  return payer
}
