import { join } from 'node:path'
import type { Parts } from './app.js'
import { createAdjustmentService } from './billing/adjustment-service.js'
import { arrearsRoutes } from './billing/arrears-routes.js'
import { createArrearsService } from './billing/arrears-service.js'
import { billRoutes } from './billing/bill-routes.js'
import { createBillService } from './billing/bill-service.js'
import { depositRoutes } from './billing/deposit-routes.js'
import { createDepositService } from './billing/deposit-service.js'
import { createHouseholdTermsService } from './billing/household-terms-service.js'
import { OPENING_SHEETS } from './billing/opening/opening-columns.js'
import { openingRoutes } from './billing/opening/opening-routes.js'
import { createOpeningService } from './billing/opening/opening-service.js'
import { createRunService } from './billing/run-service.js'
import { tariffRoutes } from './billing/tariff-routes.js'
import { createTariffService } from './billing/tariff-service.js'
import { civilDateOf } from './household/civil-date-rules.js'
import { estateOfHousehold } from './household/household-register.js'
import { templateOf } from './household/import/workbook-template.js'
import type { Routes } from './http/app-types.js'
import { createFileChannel } from './message/file-channel.js'
import { ledgerRoutes } from './ledger/ledger-routes.js'
import type { MessageChannel } from './message/message-port.js'
import { createMessageSender } from './message/message-outbox.js'
import { messageNotifyRoutes } from './message/notify-routes.js'
import { prepaymentsInRefund } from './payment/payment-register.js'

/** The way to people's phones: SMS, or a file where no contract is. */
export const messageChannelOf = (parts: Parts): MessageChannel => parts.messaging?.sms ?? createFileChannel({ path: join(parts.options.dataFolder, 'messages.jsonl') })

/** What rent is asked for, the bills that follow, and the messages about them. */
export function billingFeatures(parts: Parts): { readonly routes: Routes[]; sweep(): Promise<void> } {
  const { change, clock, ids } = parts
  const { read } = parts.db
  const wechat = parts.messaging?.wechat ?? null
  const messages = createMessageSender({ read, change, clock, channels: [...(wechat === null ? [] : [wechat.channel]), messageChannelOf(parts)] })
  const routes = [
    tariffRoutes({
      tariffs: createTariffService({ read, change, ids }), terms: createHouseholdTermsService({ read, change, ids }),
      estateOfHousehold: (householdId) => estateOfHousehold(read, householdId),
    }),
    arrearsRoutes({ arrears: createArrearsService({ read, change, clock, ids }), estateOfHousehold: (householdId) => estateOfHousehold(read, householdId) }),
    depositRoutes({
      deposits: createDepositService({ read, change, ids, today: () => civilDateOf(clock.wallMs()) }), estateOfHousehold: (householdId) => estateOfHousehold(read, householdId),
    }),
    ledgerRoutes({ read }),
    messageNotifyRoutes({ token: wechat?.callbackToken ?? null, told: messages.told, nowMs: clock.wallMs }),
    openingRoutes({ openings: createOpeningService({ read, change, ids, clock, promisedPrepayments: prepaymentsInRefund }), template: () => templateOf(OPENING_SHEETS) }),
    billRoutes({ bills: createBillService({ read }), runs: createRunService({ read, change, clock, ids }), adjustments: createAdjustmentService({ read, change, ids }) }),
  ]
  return {
    routes,
    async sweep() {
      await messages.sendDue()
      await messages.askDue()
    },
  }
}
