import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type FaultPlan, createFaultPlan } from '../../firmware-sim/channel/channel-faults.js'
import { type Sandbox, createSandbox } from '../../firmware-sim/channel/sandbox.js'
import { openSandboxKeys } from '../../firmware-sim/channel/sandbox-keys.js'
import { channelSettings, freePort } from '../../firmware-sim/demo/start-channels.js'
import { systemClock } from '../../gateway/kernel/clock.js'
import { createIdSource } from '../../gateway/kernel/ids.js'
import type { Logger } from '../../gateway/kernel/log.js'
import { systemRandom } from '../../gateway/kernel/random.js'
import { createRunChange } from '../../server/audit/change.js'
import { ALL_ESTATES, type Role } from '../../server/auth/roles.js'
import { createSessionService } from '../../server/auth/session-service.js'
import { createUserService } from '../../server/auth/user-service.js'
import { openDatabase } from '../../server/db/client.js'
import { migrate } from '../../server/db/migrate.js'
import type { Database } from '../../server/db/transaction.js'
import { packageRoot } from '../../server/package-root.js'
import { type Child, eventually, startChild } from '../flow/support/child.js'
import { compiled } from '../support/compiled.js'
import { issueRent } from './bills.js'
import type { CutPlan } from './cuts.js'

export const ESTATE = 'e1'
const HOUR_MS = 3_600_000
/** Divides the waits of the channels' schedules: the first repeat of a notify comes within half a second. */
const SCALE = 40
const STAFF = { maker: ['cashier', 'finance-maker'], checker: ['finance-checker'] } as const satisfies Record<string, readonly Role[]>
export type Staff = keyof typeof STAFF

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => silent }

/** The real server process, and the channels' sandbox that it pays by; the sandbox lives on while the server dies. */
export interface PaymentProcess {
  readonly sandbox: Sandbox
  readonly faults: FaultPlan
  start(): Promise<void>
  /** The running server dies at this place. */
  arm(plan: CutPlan): void
  /** @returns false where it did not die within `ms`: then nothing is armed any more */
  dies(ms: number): Promise<boolean>
  isRunning(): boolean
  /** The answer's status and body; null where the server died before it. */
  call(as: Staff, method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: Record<string, unknown> } | null>
  /** Ends the server where it runs, and opens what it left. */
  database(): Promise<Database>
  end(): Promise<void>
}

async function openOwn(folder: string): Promise<Database> {
  const url = `file:${join(folder, 'server.db')}`
  await migrate({ url, folder: join(packageRoot(), 'prisma/sqlite/migrations'), clock: systemClock, ids: createIdSource({ clock: systemClock, random: systemRandom }) })
  return openDatabase(url)
}

/** Staff with sessions, an estate and its bills. @returns cookies by staff */
async function provision(db: Database, bills: ReadonlyArray<{ billId: string; fen: number }>): Promise<Record<Staff, string>> {
  const [clock, random] = [systemClock, systemRandom]
  const ids = createIdSource({ clock, random })
  const sessions = createSessionService({ db, clock, random, lifeMs: HOUR_MS, idleMs: HOUR_MS, residentLifeMs: HOUR_MS })
  // Nobody logs in by a password here.
  const passwords = { make: () => Promise.resolve('-'), matches: () => Promise.resolve(false) }
  const users = createUserService({ read: db.read, change: createRunChange({ db, clock }), ids, passwords, sessions })
  const cookieOf = async (loginName: Staff): Promise<string> => {
    const grants = STAFF[loginName].map((role) => ({ role, estateId: ALL_ESTATES }))
    const { userId } = await users.create(null, { loginName, displayName: loginName, password: 'correct-horse-battery', grants })
    return `sid=${(await db.transact((tx) => sessions.open(tx, userId, '127.0.0.1'))).token}`
  }
  await db.transact((tx) => tx.estate.create({ data: { id: ESTATE, name: ESTATE, district: 'x', createdAtMs: 0n } }))
  await issueRent(db, { estateId: ESTATE, householdId: `${ESTATE}-h`, bills, atMs: clock.wallMs() })
  return { maker: await cookieOf('maker'), checker: await cookieOf('checker') }
}

/** @param folder empty; keys, configuration and database go there */
export async function createPaymentProcess(deps: { folder: string; seed: number; bills: ReadonlyArray<{ billId: string; fen: number }>; root?: string }): Promise<PaymentProcess> {
  const { folder, seed, root } = deps
  const keyFolder = join(folder, 'keys')
  const faults = createFaultPlan(seed)
  const sandbox = createSandbox({ keys: await openSandboxKeys(keyFolder, systemClock.wallMs()), faults, clock: systemClock, log: silent, seed, scale: SCALE })
  const { port: sandboxPort } = await sandbox.start(0)
  const port = await freePort(0)
  const origin = `http://127.0.0.1:${port}`
  const before = await openOwn(folder)
  const cookies = await provision(before, deps.bills)
  await before.close()
  const config = join(folder, 'server.json')
  writeFileSync(config, JSON.stringify({
    dataDir: join(folder, 'data'), database: { url: `file:${join(folder, 'server.db')}` }, https: { host: '127.0.0.1', port: 0 }, loopbackHttp: { port }, log: { level: 'warn' },
    payment: channelSettings(keyFolder, `http://127.0.0.1:${sandboxPort}`, origin),
  }))
  const cutFile = join(folder, 'cut.json')
  const preload = pathToFileURL(root === undefined ? compiled('test/chaos-money/cut-points.js') : join(root, 'dist/test/chaos-money/cut-points.js')).href
  let child: Child | undefined
  const kill = async (): Promise<void> => { await child?.kill() }

  return {
    sandbox, faults,
    async start() {
      rmSync(cutFile, { force: true })
      child = startChild('server/main.js', ['--config', config], { root, env: { CUT_FILE: cutFile, NODE_OPTIONS: `--import ${preload}` } })
      await child.line('ready')
    },
    arm(plan) {
      writeFileSync(`${cutFile}.new`, JSON.stringify(plan))
      renameSync(`${cutFile}.new`, cutFile)
    },
    async dies(ms) {
      const died = await eventually('the server dies', () => (child?.running === false ? true : undefined), ms).catch(() => false)
      rmSync(cutFile, { force: true })
      return died
    },
    isRunning: () => child?.running === true,
    async call(as, method, path, body) {
      try {
        const answer = await fetch(`${origin}${path}`, {
          method, headers: { 'cookie': cookies[as], 'x-requested-with': 'smart-estates', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
      } catch {
        return null
      }
    },
    async database() {
      await kill()
      return openOwn(folder)
    },
    async end() {
      await kill()
      await sandbox.stop()
    },
  }
}
