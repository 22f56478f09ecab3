import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pino } from 'pino'
import { createServerApp } from '../../../server/app.js'
import { ALL_ESTATES, ROLES, type Grant, type Role } from '../../../server/auth/roles.js'
import { createUsers } from '../../../server/app.js'
import { openDatabase } from '../../../server/db/client.js'
import type { Database } from '../../../server/db/transaction.js'
import type { App } from '../../../server/http/app-types.js'
import { createIdSource } from '../../../gateway/kernel/ids.js'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { type VirtualClock, createVirtualClock } from '../../support/virtual-clock.js'
import { makeTempFolder, migratedDatabase } from './temp-database.js'

export const PASSWORD = 'correct-horse-battery'
const SESSION = { hours: 12, idleMinutes: 60, residentDays: 30 }
export const VISITOR = { openPerHouseholdMax: 3, daysMax: 7, carerDaysMax: 366, nameDays: 30 }

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, unknown>>
}

export interface CallOptions {
  /** Cookie of a login; none without it. */
  readonly as?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
  /** The answer goes on for ever: take its head and leave. */
  readonly endless?: true
}

export interface TestServer {
  readonly app: App
  readonly db: Database
  readonly clock: VirtualClock
  sweep(): Promise<void>
  /** Sends login codes that were asked for. */
  sendCodes(): Promise<void>
  /** File of the messages that phones got. */
  readonly messages: string
  call(method: string, url: string, options?: CallOptions): Promise<Answer>
  /** Cookie of a user with exactly these grants, made on first use. */
  as(...grants: Array<`${Role}@${string}`>): Promise<string>
  close(): Promise<void>
}

const grantOf = (text: string): Grant => {
  const [role, estateId] = text.split('@') as [Role, string]
  if (!ROLES.includes(role)) throw new Error(`no role: ${text}`)
  return { role, estateId }
}

/** The whole server behind its listeners, on a real SQLite file and a clock that stands still, at `wallMs` where given. Estates: jh and xh. */
export async function startTestServer(pageFolder = '/nowhere', wallMs: number | undefined = undefined): Promise<TestServer> {
  const { folder, remove } = await makeTempFolder()
  const clock = createVirtualClock()
  if (wallMs !== undefined) clock.jumpWall(wallMs - clock.wallMs())
  const ids = createIdSource({ clock, random: systemRandom })
  const url = await migratedDatabase(folder)
  const db = await openDatabase(url)
  const deps = { db, clock, random: systemRandom, ids }
  const options = { version: '0.0.0', pageFolder, residentFolder: '/nowhere', dataFolder: folder, databaseUrl: url, strictTransport: false, session: SESSION, visitor: VISITOR, doublePayment: 'prepayment' } as const
  const { app, sweep, sendCodes } = await createServerApp({ ...deps, log: pino({ level: 'silent' }), channels: new Map(), options })
  const { users } = createUsers({ ...deps, session: SESSION })
  const cookies = new Map<string, Promise<string>>()

  // Limits are by address and by the true minute: the logged-in move to another one before theirs is used up.
  let calls = 0
  const call = async (method: string, path: string, { as, body: payload, headers, from, endless }: CallOptions = {}): Promise<Answer> => {
    calls += 1
    const remoteAddress = from ?? (as === undefined ? '127.0.0.1' : `10.1.${Math.floor(calls / 1_000)}.1`)
    const answer = await app.inject({
      method: method as 'GET', url: path, remoteAddress,
      headers: { 'x-requested-with': 'smart-estates', ...(as === undefined ? {} : { cookie: as }), ...headers },
      ...(payload === undefined ? {} : { payload: payload as object }), ...(endless === true ? { payloadAsStream: true } : {}),
    })
    if (endless === true && answer.statusCode === 200) {
      answer.raw.res.destroy()
      return { status: answer.statusCode, body: '', headers: answer.headers }
    }
    const body = endless === true ? await text(answer.stream()) : answer.body
    const json = body !== '' && String(answer.headers['content-type'] ?? '').startsWith('application/json')
    return { status: answer.statusCode, body: json ? JSON.parse(body) : body, headers: answer.headers }
  }
  const logIn = async (grants: readonly string[]): Promise<string> => {
    const loginName = `user-${cookies.size}`
    await users.create(null, { loginName, displayName: grants.join(' '), password: PASSWORD, grants: grants.map(grantOf) })
    // Each from an address of its own: limits are by address.
    const answer = await call('POST', '/api/auth/login', { body: { loginName, password: PASSWORD }, from: `10.0.0.${cookies.size}` })
    return String(answer.headers['set-cookie']).split(';', 1)[0] as string
  }
  const as = (...grants: string[]): Promise<string> => {
    const key = grants.join(' ')
    const cookie = cookies.get(key) ?? logIn(grants)
    cookies.set(key, cookie)
    return cookie
  }

  for (const estateId of ['jh', 'xh']) {
    await call('POST', '/api/estates', { as: await as(`admin@${ALL_ESTATES}`), body: { estateId, name: `Estate ${estateId}`, district: 'Jianghai' } })
  }
  return {
    app, db, clock, sweep, sendCodes, messages: join(folder, 'messages.jsonl'), call, as,
    async close() {
      await app.close()
      await db.close()
      await remove()
    },
  }
}
