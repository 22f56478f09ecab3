import { hash, verify } from '@node-rs/argon2'
import type { RandomSource } from '#kernel/random.js'

/** OWASP's first choice for argon2id, the library's default kind: 19 MiB, two passes, one lane. Runs in a thread of the pool. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export interface PasswordHash {
  /** PHC string with its own salt and cost. */
  make(password: string): Promise<string>
  /** Takes as long for a user that does not exist: pass null. */
  matches(stored: string | null, password: string): Promise<boolean>
}

/** Bytes behind a made-up password: 144 bits, 24 characters. */
const MADE_UP_BYTES = 18

/** A password that nobody chose. */
export const madeUpPassword = (random: RandomSource): string =>
  Buffer.from(random.bytes(MADE_UP_BYTES)).toString('base64url')

export function createPasswordHash(deps: { random: RandomSource }): PasswordHash {
  let nobody: Promise<string> | undefined
  return {
    make: (password) => hash(password, COST),
    async matches(stored, password) {
      nobody ??= hash(madeUpPassword(deps.random), COST)
      const same = await verify(stored ?? (await nobody), password)
      return same && stored !== null
    },
  }
}
