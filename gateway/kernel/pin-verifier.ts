import { scrypt, timingSafeEqual } from 'node:crypto'
import type { RandomSource } from './random.js'

/**
 * 16 MiB and about 40 ms of one thread. Who stands at a keypad waits for it, and a PIN has too few digits for any cost
 * to protect it: what protects it is the lock-out at the gate, and that the verifier stays on server and gateway.
 */
const COST = { N: 16_384, r: 8, p: 1 } as const
/** A verifier that asks for more was not made here. */
const COST_MAX = { N: 65_536, r: 16, p: 4 } as const
const SALT_BYTES = 16
const HASH_BYTES = 32
const FORMAT = /^scrypt\$([0-9]{1,6})\$([0-9]{1,2})\$([0-9]{1,2})\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/

type Cost = { readonly N: number; readonly r: number; readonly p: number }

const isPossible = ({ N, r, p }: Cost): boolean =>
  N > 1 && Number.isInteger(Math.log2(N)) && r > 0 && p > 0 && N <= COST_MAX.N && r <= COST_MAX.r && p <= COST_MAX.p

const derive = (pin: string, salt: Uint8Array, cost: Cost, length: number): Promise<Buffer> => new Promise((resolve, reject) => {
  scrypt(pin, salt, length, { ...cost, maxmem: 256 * cost.N * cost.r }, (error, key) => (error === null ? resolve(key) : reject(error)))
})

/** `scrypt$N$r$p$salt$hash`, the last two in base64. Runs in the thread pool; take one at a time. */
export async function makePinVerifier(pin: string, random: RandomSource): Promise<string> {
  const salt = random.bytes(SALT_BYTES)
  const hash = await derive(pin, salt, COST, HASH_BYTES)
  return ['scrypt', COST.N, COST.r, COST.p, Buffer.from(salt).toString('base64'), hash.toString('base64')].join('$')
}

/**
 * True where `pin` is the one behind the verifier; a text that is no verifier matches nothing. For a number that nobody
 * has pass null: it takes as long.
 */
export async function pinMatches(verifier: string | null, pin: string): Promise<boolean> {
  const [, N, r, p, salt, hash] = FORMAT.exec(verifier ?? '') ?? []
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  if (salt === undefined || hash === undefined || !isPossible(cost)) {
    await derive(pin, new Uint8Array(SALT_BYTES), COST, HASH_BYTES)
    return false
  }
  const expected = Buffer.from(hash, 'base64')
  return timingSafeEqual(await derive(pin, Buffer.from(salt, 'base64'), cost, expected.length), expected)
}
