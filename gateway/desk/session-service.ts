import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import type { RandomSource } from '#kernel/random.js'
import type { DeskStore, DeskTx, OperatorRow } from './ports.js'

const TOKEN_BYTES = 32
/** What a token of ours looks like: anything else is not looked up. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/
/** The time of last use is written at most this often: each write is an fsync. */
const TOUCH_EVERY_MS = 60_000

export interface SessionTimes {
  /** A login ends this long after it began. */
  readonly lifeMs: number
  /** A login ends after this long without a request. */
  readonly idleMs: number
}

export interface SessionService {
  /** Inside the login's transaction. */
  open(tx: DeskTx, operatorRef: string): Promise<{ readonly token: string; readonly expiresAtMs: number }>
  /**
   * Whose token it is; undefined where it is unknown, over, idle for too long or its operator disabled.
   * @param use false where the question is no use of the login: a page that is merely open does not keep it alive
   */
  operatorOf(token: string, use?: boolean): Promise<OperatorRow | undefined>
  end(tx: DeskTx, token: string): Promise<void>
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

export function createSessionService(deps: { store: DeskStore; clock: Clock; random: RandomSource; times: SessionTimes }): SessionService {
  const { store, clock, times } = deps
  return {
    async open(tx, operatorRef) {
      const token = Buffer.from(deps.random.bytes(TOKEN_BYTES)).toString('base64url')
      const nowMs = clock.wallMs()
      const expiresAtMs = nowMs + times.lifeMs
      await tx.putDeskSession({ tokenHash: hashOf(token), operatorRef, createdAtMs: nowMs, lastSeenAtMs: nowMs, expiresAtMs })
      return { token, expiresAtMs }
    },
    async operatorOf(token, use = true) {
      if (!TOKEN.test(token)) return undefined
      const found = await store.deskSession(hashOf(token))
      if (found === undefined || found.operator.disabledAtMs !== null) return undefined
      const { session, operator } = found
      const nowMs = clock.wallMs()
      if (session.expiresAtMs <= nowMs || session.lastSeenAtMs + times.idleMs <= nowMs) return undefined
      if (use && session.lastSeenAtMs + TOUCH_EVERY_MS <= nowMs) await store.transact((tx) => tx.touchDeskSession(session.tokenHash, nowMs))
      return operator
    },
    end: (tx, token) => tx.endDeskSessions({ tokenHash: hashOf(token) }),
  }
}
