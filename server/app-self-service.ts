import { messageChannelOf } from './app-billing.js'
import type { PaymentFeatures } from './app-payment.js'
import type { Parts } from './app.js'
import { createPhoneLoginService } from './auth/phone-login-service.js'
import { phoneRoutes } from './auth/phone-routes.js'
import { createBillService } from './billing/bill-service.js'
import { createConsentService } from './consent/consent-service.js'
import { createCredentialService } from './credential/credential-service.js'
import { estateNames } from './estate/estate-register.js'
import { createHouseholdService } from './household/household-service.js'
import type { Routes } from './http/app-types.js'
import { createAddressService } from './message/address-service.js'
import { dataRoutes } from './self-service/data-routes.js'
import { moneyRoutes } from './self-service/money-routes.js'
import { createMyBillService } from './self-service/my-bill-service.js'
import { createMyDataService } from './self-service/my-data-service.js'
import { createMyPassService } from './self-service/my-pass-service.js'
import { createOrderWatch } from './self-service/order-watch.js'
import { payLinkRoutes } from './self-service/pay-link-routes.js'
import { createPayLinkService } from './self-service/pay-link-service.js'
import { createPayService } from './self-service/pay-service.js'
import { createResidentFinder } from './self-service/resident-finder.js'
import { myTicketRoutes } from './self-service/ticket-routes.js'
import { wechatRoutes } from './self-service/wechat-routes.js'
import { ticketRoutes } from './ticket/routes.js'
import { createTicketService } from './ticket/ticket-service.js'
import { receiptsByBill } from './treasury/treasury-register.js'

export interface SelfServiceFeatures {
  readonly routes: Routes[]
  /** Sends login codes that were asked for; to be run twice a second or so. */
  sendCodes(): Promise<void>
  /** Forgets what is over. */
  sweep(): Promise<void>
}

/** Residents with their phones: logging in, bills and paying them, ways in, their own data. */
export function selfServiceFeatures(parts: Parts, payments: PaymentFeatures): SelfServiceFeatures {
  const { change, clock, ids, random, log, sessions, passwords } = parts
  const { read } = parts.db
  const logins = createPhoneLoginService({ read, change, sessions, passwords, channel: messageChannelOf(parts), runtime: { ids, random, log } })
  const findResident = createResidentFinder({ read, clock })
  const billService = createBillService({ read })
  const channels = [...parts.channels.keys()]
  const tickets = createTicketService({ read, change, ids })
  const bills = createMyBillService({ bills: billService, views: payments.views, channels, receiptsByBill: (billIds) => receiptsByBill(read, billIds) })
  const links = createPayLinkService({ read, change, bills: billService, views: payments.views, runtime: { clock, random } })
  const pay = createPayService({ orders: payments.orders, giveUp: payments.queries.giveUp })
  const watch = createOrderWatch({ ask: payments.queries.ask, clock, log })
  const credentials = createCredentialService({ read, change, ids, random })
  const data = createMyDataService({
    read, consents: createConsentService({ read, change, ids }), credentials, households: createHouseholdService({ read, change, clock }), tickets,
  })
  const namesOf = (estateIds: readonly string[]): Promise<ReadonlyMap<string, string>> => estateNames(read, estateIds)
  return {
    routes: [
      phoneRoutes({ logins, estateNames: namesOf }),
      moneyRoutes({ findResident, bills, pay, links, watch }),
      payLinkRoutes({ links, pay, watch, channels, estateNames: namesOf }),
      ticketRoutes({ tickets }),
      myTicketRoutes({ findResident, tickets, bills }),
      wechatRoutes({ findResident, addresses: createAddressService({ read, change, wechat: parts.messaging?.wechat ?? null }) }),
      dataRoutes({ findResident, bills, data, passes: createMyPassService({ credentials }), estateNames: namesOf, clock }),
    ],
    async sendCodes() {
      await logins.sendCodes()
    },
    async sweep() {
      await logins.prune()
      await links.prune()
    },
  }
}
