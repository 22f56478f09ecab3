import { join } from 'node:path'
import type { Parts } from './app.js'
import type { Routes } from './http/app-types.js'
import { headsOf } from './household/household-register.js'
import { findActivePerson } from './resident/person-register.js'
import { createFileReceipts } from './treasury/file-receipts.js'
import { createReceiptService } from './treasury/receipt-service.js'
import { treasuryRoutes } from './treasury/routes.js'
import { createTransitService } from './treasury/transit-service.js'
import { createVoucherService } from './treasury/voucher-service.js'

/** Who has moved out and been erased pays no more, but an old receipt may be due. */
const UNNAMED_PAYER = '承租户'

/** Where collected money goes, and the receipts for it. */
export function treasuryFeatures(parts: Parts): { readonly routes: Routes[]; sweep(): Promise<void> } {
  const { change, clock, ids, log } = parts
  const { read } = parts.db
  const vouchers = createVoucherService({ read, change, ids, clock })
  const payerOf = async (householdId: string, date: string): Promise<string> => {
    const head = (await headsOf(read, [householdId], date)).get(householdId)
    return (head === undefined ? null : await findActivePerson(read, head))?.displayName ?? UNNAMED_PAYER
  }
  const platform = parts.receiptPlatform ?? createFileReceipts({ path: join(parts.options.dataFolder, 'receipts.jsonl'), clock })
  const receipts = createReceiptService({ read, change, platform, termsOn: vouchers.terms, payerOf, runtime: { clock, ids, log } })
  return {
    routes: [treasuryRoutes({ vouchers, receipts, transit: createTransitService({ read, clock }) })],
    async sweep() {
      await receipts.readOn()
      await receipts.sendDue()
    },
  }
}
