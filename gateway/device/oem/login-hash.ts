import { scrypt, timingSafeEqual } from 'node:crypto'
import type { RandomSource } from '#kernel/random.js'

/** 16 MiB and about 50 ms of one thread: a password that nobody chose needs no more (it has 144 bits). */
const COST = { N: 16_384, r: 8, p: 1 }
const SALT_BYTES = 16
const HASH_BYTES = 32
const PASSWORD_BYTES = 18
/** A terminal's field for it is 32 characters at least. */
const FORMAT = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/

const derive = (password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> => new Promise((resolve, reject) => {
  scrypt(password, salt, HASH_BYTES, cost, (error, key) => (error === null ? resolve(key) : reject(error)))
})

/** A password that nobody chose: 24 characters. */
export const madeUpPassword = (random: RandomSource): string => Buffer.from(random.bytes(PASSWORD_BYTES)).toString('base64url')

/** `scrypt$N$r$p$salt$hash`, the last two in base64. */
export async function hashPassword(password: string, random: RandomSource): Promise<string> {
  const salt = Buffer.from(random.bytes(SALT_BYTES))
  const hash = await derive(password, salt, COST)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), hash.toString('base64')].join('$')
}

/** True where `password` is the one behind `stored`. A stored text that is no hash matches nothing. */
export async function passwordMatches(stored: string, password: string): Promise<boolean> {
  const [, N, r, p, salt, hash] = FORMAT.exec(stored) ?? []
  if (hash === undefined || salt === undefined) return false
  const expected = Buffer.from(hash, 'base64')
  const given = await derive(password, Buffer.from(salt, 'base64'), { N: Number(N), r: Number(r), p: Number(p) })
  return expected.length === given.length && timingSafeEqual(expected, given)
}
