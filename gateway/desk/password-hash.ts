import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { createExclusive } from '#kernel/exclusive.js'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'

/** OWASP's scrypt row with the least memory that it still recommends as first choice: 32 MiB, about 100 ms of one thread. */
const COST = { N: 32_768, r: 8, p: 1 } as const
const MEMORY_BYTES_MAX = 64 * 1_048_576
const HASH_BYTES = 32
const SALT_BYTES = 16
/**
 * Passwords are checked one at a time: SQLite's commits run on the same few threads, and a door must not wait behind
 * somebody's guesses. More than these waiting are refused.
 */
const WAITING_MAX = 8

export interface PasswordHash {
  /** `scrypt$N$r$p$salt$hash`, base64. @throws GW_DESK_SLOW_DOWN where too many wait */
  make(password: string): Promise<string>
  /** Takes as long for a login that does not exist: pass null. @throws GW_DESK_SLOW_DOWN where too many wait */
  matches(stored: string | null, password: string): Promise<boolean>
}

const derive = (password: string, salt: Uint8Array, cost: { N: number; r: number; p: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options: ScryptOptions = { ...cost, maxmem: MEMORY_BYTES_MAX }
    // What people type as one letter may be several code points: the same password from any keyboard is the same.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)))
  })

const textOf = (salt: Uint8Array, key: Uint8Array): string =>
  `scrypt$${COST.N}$${COST.r}$${COST.p}$${Buffer.from(salt).toString('base64')}$${Buffer.from(key).toString('base64')}`

export function createPasswordHash(deps: { random: RandomSource }): PasswordHash {
  const inTurn = createExclusive()
  let waiting = 0
  const queued = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= WAITING_MAX) throw gatewayError('GW_DESK_SLOW_DOWN', { retryAfterSeconds: 2 })
    waiting += 1
    try {
      return await inTurn(work)
    } finally {
      waiting -= 1
    }
  }
  const nobodysSalt = deps.random.bytes(SALT_BYTES)
  return {
    make: (password) => queued(async () => {
      const salt = deps.random.bytes(SALT_BYTES)
      return textOf(salt, await derive(password, salt, COST))
    }),
    matches: (stored, password) => queued(async () => {
      const [, n, r, p, salt, hash] = (stored ?? '').split('$')
      if (stored === null || salt === undefined || hash === undefined) {
        await derive(password, nobodysSalt, COST)
        return false
      }
      const key = await derive(password, Buffer.from(salt, 'base64'), { N: Number(n), r: Number(r), p: Number(p) })
      const held = Buffer.from(hash, 'base64')
      return held.length === key.length && timingSafeEqual(held, key)
    }),
  }
}
