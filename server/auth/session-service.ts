import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import type { Database, Tx } from '../db/transaction.js'
import type { Caller } from './roles.js'
import * as sessions from './session-repository.js'

const TOKEN_BYTES = 32
/** What a token of ours looks like: anything else is not looked up. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/
/** The time of last use is written at most this often. */
const TOUCH_EVERY_MS = 60_000
/** Ended sessions are kept this long: they say which addresses an account is used from. */
const KEEP_ENDED_MS = 30 * 86_400_000

export interface SessionDeps {
  readonly db: Database
  readonly clock: Clock
  readonly random: RandomSource
  /** A session ends this long after its login. */
  readonly lifeMs: number
  /** A session ends after this long without a request. */
  readonly idleMs: number
  /** A resident's phone stays logged in for this long, used or not: the phone has a lock of its own. */
  readonly residentLifeMs: number
}

export interface SessionService {
  /** Opens a session inside the login's transaction. The token leaves only in the cookie; the table has its hash. */
  open(tx: Tx, userId: string, address: string): Promise<{ token: string; expiresAtMs: number }>
  /** As `open`, for a resident. */
  openResident(tx: Tx, userId: string, address: string): Promise<{ token: string; expiresAtMs: number }>
  /** Who the token belongs to, or null where it is unknown, ended, idle for too long or its user disabled. */
  callerOfToken(token: string): Promise<Caller | null>
  end(tx: Tx, token: string): Promise<void>
  endAllOf(tx: Tx, userId: string): Promise<void>
  isKnownAddress(userId: string, address: string): Promise<boolean>
  /** Deletes what ended long ago. */
  prune(): Promise<number>
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

export function createSessionService(deps: SessionDeps): SessionService {
  const { db, clock } = deps
  const openFor = (lifeMs: number): SessionService['open'] => async (tx, userId, address) => {
    const token = Buffer.from(deps.random.bytes(TOKEN_BYTES)).toString('base64url')
    const now = clock.wallMs()
    const expiresAtMs = now + lifeMs
    await sessions.insert(tx, { tokenHash: hashOf(token), userId, createdAtMs: now, lastSeenMs: now, expiresAtMs, address })
    return { token, expiresAtMs }
  }
  return {
    open: openFor(deps.lifeMs),
    openResident: openFor(deps.residentLifeMs),
    async callerOfToken(token) {
      if (!TOKEN.test(token)) return null
      const found = await sessions.find(db.read, hashOf(token))
      const now = clock.wallMs()
      if (found === null || found.user.disabledAtMs !== null) return null
      const { session, user } = found
      const isResident = user.grants.length > 0 && user.grants.every((grant) => grant.role === 'resident')
      const idleMs = isResident ? deps.residentLifeMs : deps.idleMs
      if (session.expiresAtMs <= now || session.lastSeenMs + idleMs <= now) return null
      if (session.lastSeenMs + TOUCH_EVERY_MS <= now) await db.transact((tx) => sessions.touch(tx, session.tokenHash, now))
      return { userId: user.userId, loginName: user.loginName, displayName: user.displayName, grants: user.grants }
    },
    end: (tx, token) => sessions.end(tx, { tokenHash: hashOf(token) }, clock.wallMs()),
    endAllOf: (tx, userId) => sessions.end(tx, { userId }, clock.wallMs()),
    isKnownAddress: (userId, address) => sessions.isKnownAddress(db.read, userId, address),
    prune: () => db.transact((tx) => sessions.deleteExpiredBefore(tx, clock.wallMs() - KEEP_ENDED_MS)),
  }
}
