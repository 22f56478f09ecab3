import { join } from 'node:path'
import type { Parts } from './app.js'
import type { PaymentFeatures } from './app-payment.js'
import { allDebts } from './billing/debts.js'
import { civilDateOf } from './household/civil-date-rules.js'
import type { Routes } from './http/app-types.js'
import { bankRoutes } from './reconciliation/bank/bank-routes.js'
import { createBankService } from './reconciliation/bank/bank-service.js'
import { createHeldDifferences } from './reconciliation/bank/held-differences.js'
import { createSettlementPosting } from './reconciliation/bank/settlement-posting.js'
import { createSuggestCases } from './reconciliation/bank/suggest-cases.js'
import { batchRoutes } from './reconciliation/batch/batch-routes.js'
import { createBatchRows } from './reconciliation/batch/batch-rows.js'
import { createBatchService } from './reconciliation/batch/batch-service.js'
import { createBillFetch } from './reconciliation/batch/bill-fetch.js'
import { createBillFiles } from './reconciliation/batch/bill-files.js'
import { createBillWork } from './reconciliation/batch/bill-work.js'
import { booksRoutes } from './reconciliation/books/books-routes.js'
import { createBooksService } from './reconciliation/books/books-service.js'
import { createAskChannels } from './reconciliation/case/ask-channels.js'
import { createAttachmentService } from './reconciliation/case/attachment-service.js'
import { caseRoutes } from './reconciliation/case/case-routes.js'
import { createCaseService } from './reconciliation/case/case-service.js'
import { createCarryOut } from './reconciliation/case/carry-out.js'
import { createSecurityAlarm } from './reconciliation/case/security-alarm.js'
import { closeRoutes } from './reconciliation/close/close-routes.js'
import { createCloseService } from './reconciliation/close/close-service.js'
import { createShiftService } from './reconciliation/close/shift-service.js'
import { createStatementService } from './reconciliation/close/statement-service.js'
import { bankStatementRoutes } from './reconciliation/statement/bank-statement-routes.js'
import { createBankStatementService } from './reconciliation/statement/bank-statement-service.js'
import { trailRoutes } from './reconciliation/trail/trail-routes.js'
import { createTrailService } from './reconciliation/trail/trail-service.js'
import { createMerchantService } from './reconciliation/merchant/merchant-register.js'
import { knownHolidays } from './rule/holiday-register.js'

export interface ReconciliationFeatures {
  readonly routes: readonly Routes[]
  /** Fetches bills whose time it is, goes on with those that were cut off, asks the channels about differences; to be run every minute or so. */
  sweep(): Promise<void>
  /** Resolves after the bill under way. */
  stop(): Promise<void>
}

/** Channel bills, bank statements and our own books against each other. */
export function reconciliationFeatures(parts: Parts, payments: PaymentFeatures): ReconciliationFeatures {
  const { change, clock, ids, log, channels } = parts
  const { read } = parts.db
  const runtime = { clock, log }
  const files = createBillFiles({ folder: join(parts.options.dataFolder, 'bills'), ids })
  const work = createBillWork(parts.options.databaseUrl)
  const holidays = () => knownHolidays(read)
  const batches = createBatchService({ read, change, work, files, holidays, runtime })
  const fetch = createBillFetch({ read, change, channels, batches, runtime })
  const settled = createSettlementPosting({ read, change, work })
  const held = createHeldDifferences({ read, change, clock, ids, log, settled })
  const carryOut = createCarryOut({ channels, batches, fetch, held, alarm: createSecurityAlarm({ change, log }), payments })
  const askChannels = createAskChannels({ read, change, channels, batches, refundTold: payments.refundTold, runtime })
  const suggest = createSuggestCases({ read, change, clock, debts: () => allDebts(read, civilDateOf(clock.wallMs())) })
  const bank = createBankService({ read, change, work, files, holidays, runtime: { clock, settled, settleHeld: held.settleAll, suggest } })
  const books = createBooksService({ read, work, clock, holidays })
  return {
    routes: [
      bankRoutes({ bank }), booksRoutes({ books }), bankStatementRoutes({ statements: createBankStatementService({ read }) }),
      trailRoutes({ trails: createTrailService({ read, change }) }),
      closeRoutes({
        closes: createCloseService({ read, change, work, books, runtime: { clock, ids } }), shifts: createShiftService({ read, change, ids }),
        statements: createStatementService({ read, clock, suspense: payments.views.suspense }),
      }),
      batchRoutes({ batches, fetch, rows: createBatchRows({ read }), merchants: createMerchantService({ read, change }) }),
      caseRoutes({ cases: createCaseService({ read, change, carryOut, held, holidays, runtime }), attachments: createAttachmentService({ read, change, files, ids }) }),
    ],
    async sweep() {
      await batches.resume()
      await fetch.sweep()
      await askChannels()
      await held.settleAll()
      await books.sweep()
    },
    stop: work.stop,
  }
}
