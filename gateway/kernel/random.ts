import { randomFillSync } from 'node:crypto'

/** The only source of randomness: cryptographic in service, seeded in simulations. */
export interface RandomSource {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
  /** A float in [0, 1). */
  float(): number
}

export const systemRandom: RandomSource = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  float() {
    const word = randomFillSync(new Uint32Array(1))
    return (word[0] ?? 0) / 2 ** 32
  },
}

/**
 * A repeatable source for simulations, never for secrets: mulberry32, period 2^32.
 * @param seed any integer; only its low 32 bits count
 */
export function seededRandom(seed: number): RandomSource {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    float: next,
    bytes(length) {
      const out = new Uint8Array(length)
      for (let i = 0; i < length; i++) out[i] = Math.floor(next() * 256)
      return out
    },
  }
}
