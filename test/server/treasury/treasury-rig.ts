import type { Account } from '../../../server/ledger/chart.js'
import { balances, post } from '../../../server/ledger/ledger-service.js'
import type { MoneyPlace, PostingEvent } from '../../../server/ledger/posting-rules.js'
import { createRunChange } from '../../../server/audit/change.js'
import { createTransitService } from '../../../server/treasury/transit-service.js'
import type { TreasuryTerms } from '../../../server/treasury/treasury-rules.js'
import { type NewVoucher, createVoucherService } from '../../../server/treasury/voucher-service.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { systemIds, tempDatabase } from '../support/temp-database.js'
import { TERMS } from '../http/access-table-treasury.js'

export const WX: MoneyPlace = { account: 'transit-wechat', of: '1900000109' }
export const BANK: MoneyPlace = { account: 'bank', of: TERMS.bankAccount }
export const rent = (fen: number, billId = 'b1') => ({ billId, householdId: 'h1', receivable: 'rent-receivable', fen } as const)

/** The treasury's services on books of a test's own making; today is 2026-01-05 in Beijing. */
export async function treasuryRig() {
  const db = await tempDatabase()
  const clock = createVirtualClock()
  const change = createRunChange({ db, clock })
  const vouchers = createVoucherService({ read: db.read, change, ids: systemIds, clock })
  const proposal: NewVoucher = { estateId: 'jh', kind: 'hand-over', untilDate: '2026-01-04', channel: null, merchantId: null, fen: null, paymentCode: null }
  return {
    db, clock, change, vouchers, transit: createTransitService({ read: db.read, clock }),
    book: (bizDate: string, event: PostingEvent) => change(null, (one) => post(one, [{ estateId: 'jh', causeRef: systemIds.uuid(), bizDate, memo: null, event }])),
    bookAs: (causeRef: string, event: PostingEvent, bizDate: string) => change(null, (one) => post(one, [{ estateId: 'jh', causeRef, bizDate, memo: null, event }])),
    setTerms: (more: Partial<TreasuryTerms> = {}) => vouchers.setTerms('officer', 'jh', '2026-01-01', { ...TERMS, ...more }),
    propose: (more: Partial<NewVoucher> = {}) => vouchers.propose('officer', { ...proposal, ...more }),
    async handOver(more: Partial<NewVoucher> = {}, doneOn = '2026-01-05') {
      const { voucherId } = await vouchers.propose('officer', { ...proposal, ...more })
      await vouchers.decide('checker', voucherId, 'approve')
      await vouchers.carryOut('officer', voucherId, { bankSerial: `S-${voucherId.slice(0, 8)}`, doneOn, paymentCode: null })
      return voucherId
    },
    balance: async (account: Account): Promise<number> =>
      (await balances(db.read, ['jh'], '2099-12-31')).filter((row) => row.account === account).reduce((sum, row) => sum + row.balanceFen, 0),
  }
}
