import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { billingFeatures } from './app-billing.js'
import { logFeatures } from './app-log.js'
import { paymentFeatures } from './app-payment.js'
import { reconciliationFeatures } from './app-reconciliation.js'
import { reportFeatures } from './app-report.js'
import { selfServiceFeatures } from './app-self-service.js'
import { treasuryFeatures } from './app-treasury.js'
import { type RunChange, createRunChange } from './audit/change.js'
import { auditRoutes } from './audit/routes.js'
import { createLoginService } from './auth/login-service.js'
import { createLoginThrottle } from './auth/login-throttle.js'
import { type PasswordHash, createPasswordHash } from './auth/password-hash.js'
import { authRoutes } from './auth/routes.js'
import { type SessionService, createSessionService } from './auth/session-service.js'
import { userRoutes } from './auth/user-routes.js'
import { type UserService, createUserService } from './auth/user-service.js'
import type { ServerConfig } from './config.js'
import { createConsentService } from './consent/consent-service.js'
import { listNotices, publishNotices } from './consent/notice-service.js'
import { NOTICE_TEXTS } from './consent/notice-texts.js'
import { consentRoutes } from './consent/routes.js'
import { createCredentialService } from './credential/credential-service.js'
import { createPinService } from './credential/pin-service.js'
import { credentialRoutes } from './credential/routes.js'
import type { Database } from './db/transaction.js'
import { estateRoutes } from './estate/estate-routes.js'
import { createEstateService } from './estate/estate-service.js'
import { createGateService } from './estate/gate-service.js'
import { gatewayRoutes } from './estate/gateway-routes.js'
import { createGatewayService } from './estate/gateway-service.js'
import { createResidentPasses } from './household/resident-passes.js'
import { householdRoutes } from './household/household-routes.js'
import { createHouseholdService } from './household/household-service.js'
import { importRoutes } from './household/import/import-routes.js'
import { createImportService } from './household/import/import-service.js'
import { templateWorkbook } from './household/import/workbook-template.js'
import { createMoveService } from './household/move-service.js'
import { unitRoutes } from './household/unit-routes.js'
import { createUnitService } from './household/unit-service.js'
import type { App, Routes } from './http/app-types.js'
import { buildApp } from './http/build-app.js'
import { createMetrics } from './http/metrics.js'
import { operationRoutes } from './http/operation-routes.js'
import { createExpirySweep } from './job/expiry-sweep.js'
import type { Messaging } from './message/open-messages.js'
import { assignmentRoutes } from './permit/assignment-routes.js'
import { createAssignmentService } from './permit/assignment-service.js'
import type { ChannelName, PayChannel } from './payment/channel/channel-port.js'
import { createPermitService } from './permit/permit-service.js'
import { permitRoutes } from './permit/routes.js'
import { createPersonService } from './resident/person-service.js'
import { estateOfPerson } from './resident/person-register.js'
import { personRoutes } from './resident/routes.js'
import { createHolidayService } from './rule/holiday-service.js'
import { createPassTestService } from './rule/pass-test-service.js'
import { ruleRoutes } from './rule/routes.js'
import { createScheduleService } from './rule/schedule-service.js'
import type { ReceiptPlatform } from './treasury/receipt-port.js'
import { visitorRoutes } from './visitor/routes.js'
import { createVisitService } from './visitor/visit-service.js'

/** pino has this shape. */
export type ServerLogger = FastifyBaseLogger & Logger

export interface ServerAppDeps {
  readonly db: Database
  readonly clock: Clock
  readonly random: RandomSource
  readonly ids: IdSource
  readonly log: ServerLogger
  /** Payment channels that are set up. */
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  /** Vendors of messages that are set up; without them a file takes their place. */
  readonly messaging?: Messaging
  /** Gives out electronic receipts; left out, a file of the data folder does. */
  readonly receiptPlatform?: ReceiptPlatform
  readonly options: {
    readonly version: string
    /** The built page of staff, `dist/web`. */
    readonly pageFolder: string
    /** The built page of residents, `dist/resident`. */
    readonly residentFolder: string
    /** As for `openDatabase`: work on very many rows has a connection of its own. */
    readonly databaseUrl: string
    /** Folder for what is no row of the database. */
    readonly dataFolder: string
    readonly strictTransport: boolean
    readonly session: ServerConfig['session']
    readonly visitor: ServerConfig['visitor']
    readonly doublePayment: ServerConfig['payment']['doublePayment']
  }
}

export interface ServerApp {
  readonly app: App
  /** Ends what time has ended; to be run now and then. */
  sweep(): Promise<void>
  /** Asks the payment channels about what is due; to be run every second or so. */
  sweepPayments(): Promise<void>
  /** Fetches and matches bills; to be run every minute or so. */
  sweepBills(): Promise<void>
  /** Resolves after the bill under way. */
  stopBills(): Promise<void>
  /** Sends login codes to phones; to be run twice a second or so. */
  sendCodes(): Promise<void>
}

export interface Parts extends ServerAppDeps {
  readonly change: RunChange
  readonly registry: Registry
  readonly sessions: SessionService
  readonly passwords: PasswordHash
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** The users of a database, for the command line too. */
export function createUsers(deps: Pick<ServerAppDeps, 'db' | 'clock' | 'random' | 'ids'> & { session: ServerConfig['session'] }) {
  const change = createRunChange(deps)
  const passwords = createPasswordHash(deps)
  const { hours, idleMinutes, residentDays } = deps.session
  const sessions = createSessionService({ ...deps, lifeMs: hours * HOUR_MS, idleMs: idleMinutes * MINUTE_MS, residentLifeMs: residentDays * DAY_MS })
  const users: UserService = createUserService({ read: deps.db.read, change, ids: deps.ids, passwords, sessions })
  return { change, passwords, sessions, users }
}

/** Estates, persons, permits and consents. */
function registerRoutes(parts: Parts): Routes[] {
  const { change, ids, random } = parts
  const { read } = parts.db
  const persons = createPersonService({ read, change, ids })
  const estateOfPerson = persons.estateOf
  return [
    estateRoutes({ estates: createEstateService({ read, change }), gates: createGateService({ read, change, passes: createResidentPasses({ ids }) }) }),
    gatewayRoutes({ gateways: createGatewayService({ read, change, ids, random }) }),
    personRoutes({ persons }),
    permitRoutes({ permits: createPermitService({ read, change, ids }), estateOfPerson }),
    consentRoutes({ consents: createConsentService({ read, change, ids }), listNotices: () => listNotices(read), estateOfPerson }),
  ]
}

/** Rules by which people pass, what they pass with, and their visitors. */
function passFeatures(parts: Parts): Routes[] {
  const { change, clock, ids, random } = parts
  const { read } = parts.db
  const schedules = createScheduleService({ read, change })
  const credentials = createCredentialService({ read, change, ids, random })
  return [
    ruleRoutes({ schedules, holidays: createHolidayService({ read, change }), passTests: createPassTestService({ read, clock }) }),
    credentialRoutes({ credentials, pins: createPinService({ read, change, ids, random }), estateOfPerson: (personRef) => estateOfPerson(read, personRef) }),
    assignmentRoutes({ assignments: createAssignmentService({ read, change, clock }) }),
    visitorRoutes({ visits: createVisitService({ read, change, ids, random, limits: parts.options.visitor }) }),
  ]
}

/** Who lives where. */
function householdFeatures(parts: Parts): Routes[] {
  const { change, ids, clock } = parts
  const { read } = parts.db
  return [
    unitRoutes({ units: createUnitService({ read, change, ids }), clock }),
    importRoutes({ imports: createImportService({ read, change, ids, clock }), template: templateWorkbook }),
    householdRoutes({ households: createHouseholdService({ read, change, clock }), moves: createMoveService({ read, change, ids }) }),
  ]
}

/** Composes the server behind its listeners on an open, migrated database, and publishes the consent notices. */
export async function createServerApp(deps: ServerAppDeps): Promise<ServerApp> {
  const { db, clock, log } = deps
  const { change, passwords, sessions, users } = createUsers({ ...deps, session: deps.options.session })
  const registry = createMetrics()
  const parts: Parts = { ...deps, change, registry, sessions, passwords }
  const logins = createLoginService({ read: db.read, change, sessions, throttle: createLoginThrottle({ clock }), passwords })
  await publishNotices({ change, texts: NOTICE_TEXTS })
  const features = [registerRoutes, passFeatures, householdFeatures].flatMap((routesOf) => routesOf(parts))
  const billing = billingFeatures(parts)
  const logs = logFeatures(parts)
  const payments = paymentFeatures(parts)
  const treasury = treasuryFeatures(parts)
  const bills = reconciliationFeatures(parts, payments)
  const selfService = selfServiceFeatures(parts, payments)
  const own = [operationRoutes({ db, registry }), authRoutes({ logins }), userRoutes({ users }), auditRoutes({ read: db.read })]
  const routes = [...own, ...features, ...billing.routes, ...payments.routes, ...treasury.routes, ...bills.routes, ...reportFeatures(parts), ...selfService.routes, ...logs.routes]
  const app = await buildApp({ authorize: sessions, routes, registry, ids: deps.ids, log, options: deps.options })
  const endExpired = createExpirySweep({ change, log, pruneSessions: sessions.prune, visitorNameDays: deps.options.visitor.nameDays })
  return {
    app,
    sweepPayments: payments.sweep,
    sweepBills: bills.sweep,
    stopBills: bills.stop,
    sendCodes: selfService.sendCodes,
    async sweep() {
      await endExpired()
      await logs.sweep()
      await billing.sweep()
      await payments.applyPrepayments()
      await treasury.sweep()
      await selfService.sweep()
    },
  }
}
