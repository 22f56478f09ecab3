import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import { type ServerLogger, createServerApp } from './app.js'
import type { ServerConfig } from './config.js'
import { openDatabase } from './db/client.js'
import { cannotOpen, lockDatabase } from './db/database-lock.js'
import { migrate } from './db/migrate.js'
import type { Database } from './db/transaction.js'
import { fail } from './errors.js'
import { createListeners } from './http/listeners.js'
import { givenTls, ownTls } from './http/tls-files.js'
import { createPeriodicJob } from './job/periodic-job.js'
import { openMessages } from './message/open-messages.js'
import { packageRoot } from './package-root.js'
import { openChannels } from './payment/channel/open-channels.js'
import { openBosssoft } from './treasury/bosssoft-receipts.js'

/** A consent that ends by time is swept this soon; gateways refuse it by themselves at once. */
const SWEEP_EVERY_MS = 30_000
/** People wait for their code with the phone in their hand. */
const CODES_EVERY_MS = 500
/** An order whose notify is lost is asked about from five seconds on. */
const PAYMENTS_EVERY_MS = 1_000
/** Bills come once a day; what is due stands in the database. */
const BILLS_EVERY_MS = 60_000

export interface ProcessDeps {
  readonly config: ServerConfig
  readonly log: ServerLogger
  readonly clock: Clock
  readonly random: RandomSource
  readonly ids: IdSource
}

type Closer = () => Promise<void>

async function closeAll(closers: Closer[]): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
}

/** Runs `work`; where it throws, what it opened so far is closed again, last first. */
async function undoOnFailure<T>(closers: Closer[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

async function open(deps: ProcessDeps, closers: Closer[]): Promise<Database> {
  const { config, clock, ids, log } = deps
  const url = config.database.url ?? ''
  for (const [key, folder] of [['dataDir', config.dataDir], ['database.url', dirname(url.slice('file:'.length))]] as const) {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: Error) => {
      throw fail('SV_CONFIG', { errors: [`${key}: ${folder} cannot be made: ${cause.message}`] }, cause)
    })
  }
  const lock = await lockDatabase(url)
  closers.push(() => lock.release())
  const applied = await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock, ids }).catch(cannotOpen(url))
  if (applied.length > 0) log.info({ migrations: applied }, 'database migrated')
  const db = await openDatabase(url).catch(cannotOpen(url))
  closers.push(() => db.close())
  return db
}

/**
 * Opens the server's database for a command, with this process as its only one, and closes it after `work`.
 * @throws AppError SV_DB_*
 */
export async function withDatabase<T>(deps: ProcessDeps, work: (db: Database) => Promise<T>): Promise<T> {
  const closers: Closer[] = []
  const db = await undoOnFailure(closers, () => open(deps, closers))
  try {
    return await work(db)
  } finally {
    await closeAll(closers)
  }
}

export interface RunningServer {
  readonly httpsPort: number
  readonly httpPort: number | null
  /** Takes no new request, finishes those under way, closes the database. */
  stop(): Promise<void>
}

/** Starts everything in order; `stop` ends it in reverse. @throws AppError SV_*, or the system's error for a port */
export async function startServer(deps: ProcessDeps): Promise<RunningServer> {
  const { config, log, clock, random, ids } = deps
  const closers: Closer[] = []
  return undoOnFailure(closers, async () => {
    const db = await open(deps, closers)
    const { certFile, keyFile, hostNames } = config.https
    const given = certFile !== null && keyFile !== null
    const tls = given ? await givenTls(certFile, keyFile) : await ownTls({ folder: join(config.dataDir, 'tls'), hostNames, clock, random })
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }
    const { dataDir: dataFolder, session, visitor } = config
    const [pageFolder, residentFolder] = ['dist/web', 'dist/resident'].map((folder) => join(packageRoot(), folder)) as [string, string]
    const { doublePayment } = config.payment
    const options = { version, pageFolder, residentFolder, dataFolder, databaseUrl: config.database.url ?? '', strictTransport: given, session, visitor, doublePayment }
    const channels = await openChannels(config.payment, { clock, random }).catch((cause: Error) => { throw fail('SV_CONFIG', { errors: [cause.message] }, cause) })
    const messaging = await openMessages(config.message, { clock, random }).catch((cause: Error) => { throw fail('SV_CONFIG', { errors: [cause.message] }, cause) })
    const receiptPlatform = config.receipts === null ? {}
      : { receiptPlatform: await openBosssoft(config.receipts, { clock, ids }).catch((cause: Error) => { throw fail('SV_CONFIG', { errors: [cause.message] }, cause) }) }
    const { app, sweep, sweepPayments, sweepBills, stopBills, sendCodes } = await createServerApp({ db, clock, random, ids, log, channels, messaging, ...receiptPlatform, options })
    const listeners = createListeners({ app, tls, clock, options: config })
    // Together: the sockets wait for answers under way, and those that never end are ended by the application.
    closers.push(async () => void (await Promise.all([listeners.stop(), app.close()])))
    const ports = await listeners.start()
    const job = createPeriodicJob({ clock, log, everyMs: SWEEP_EVERY_MS, run: sweep })
    job.start()
    closers.push(job.stop)
    const payments = createPeriodicJob({ clock, log, everyMs: PAYMENTS_EVERY_MS, run: sweepPayments })
    payments.start()
    closers.push(payments.stop)
    const bills = createPeriodicJob({ clock, log, everyMs: BILLS_EVERY_MS, run: sweepBills })
    bills.start()
    closers.push(stopBills, bills.stop)
    const codes = createPeriodicJob({ clock, log, everyMs: CODES_EVERY_MS, run: sendCodes })
    codes.start()
    closers.push(codes.stop)
    return { ...ports, stop: () => closeAll(closers) }
  })
}
