import { type RandomSource, seededRandom } from '#kernel/random.js'

/** Repeatable chance. */
export interface Dice {
  readonly random: RandomSource
  chance(share: number): boolean
  /** A number from `low` up to, but not, `high`. */
  between(low: number, high: number): number
  /** A whole number from `low` to `high`. */
  whole(low: number, high: number): number
  pick<T>(from: readonly [T, ...T[]]): T
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** Dice of their own for each use: what one part throws changes nothing for another. */
export function createDice(seed: number, use: string): Dice {
  const random = seededRandom(hashOf(`${seed} ${use}`))
  const between = (low: number, high: number): number => low + random.float() * (high - low)
  const whole = (low: number, high: number): number => Math.floor(between(low, high + 1))
  return {
    random, between, whole,
    chance: (share) => random.float() < share,
    pick: (from) => from[whole(0, from.length - 1)] ?? from[0],
  }
}
