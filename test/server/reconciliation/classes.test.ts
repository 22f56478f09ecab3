import { expect, it } from 'vitest'
import { CASE_ACTIONS, actionsOf } from '../../../server/reconciliation/case/case-actions.js'
import { CLASSES, CLASS_CODES, type ClassCode } from '../../../server/reconciliation/classes.js'
import { en } from '../../../server/web/kit/words/en.js'

/** What is proposed by default for each class that people must explain. */
const DEFAULTS: Readonly<Partial<Record<ClassCode, (typeof CASE_ACTIONS)[number]>>> = {
  AMOUNT_MISMATCH: 'correct', STATUS_CHANNEL_SUCCESS_LOCAL_PENDING: 'book', LATE_PAYMENT_AFTER_CLOSE: 'book', CHANNEL_ONLY_UNKNOWN: 'book', LOCAL_ONLY: 'correct', ORDER_NO_MISMATCH: 'accept',
  DOUBLE_PAY_SAME_RENT_BILL: 'accept', FEE_MISMATCH: 'claim', BILL_INTEGRITY: 'refetch', DUP_CHANNEL_ROW: 'refetch', CHARGEBACK: 'claim',
  REFUND_PENDING_RECHECK: 'ask', REFUND_LOCAL_ONLY: 'ask', REFUND_CHANNEL_ONLY: 'ask', REFUND_STATUS_MISMATCH: 'ask', REFUND_AMOUNT_MISMATCH: 'correct',
  SETTLEMENT_SHORT: 'suspend', SETTLEMENT_OVER: 'suspend', SETTLEMENT_MISSING: 'suspend', BANK_SUSPENSE: 'suspend',
  POSTING_MISSING: 'correct', POSTING_AMOUNT: 'correct', POSTING_UNKNOWN: 'correct', RECEIPT_MISSING: 'accept', RECEIPT_DUPLICATE: 'correct', RECEIPT_NOT_REVERSED: 'correct', HANDOVER_MISSING: 'accept',
}

it('every class has its words in both languages, and every one that needs somebody its default way out', () => {
  const open = CLASS_CODES.filter((code) => !CLASSES[code].settled)
  expect(Object.fromEntries(open.map((code) => [code, actionsOf(code)[0]]))).toEqual(DEFAULTS)
  for (const code of open) expect(actionsOf(code), code).toContain('accept')
  for (const code of CLASS_CODES) {
    const { name, why, action } = CLASSES[code]
    expect([name, why, action].every((text) => text.length >= 2), code).toBe(true)
  }
  expect(Object.keys(en.recon.class).sort()).toEqual([...CLASS_CODES].sort())
  expect(Object.keys(en.recon.action).sort()).toEqual([...CASE_ACTIONS].sort())
})
