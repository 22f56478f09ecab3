import type { RandomSource } from '#kernel/random.js'
import { chinaTime } from './channel/china-time.js'

const RANDOM_DIGITS = 10

/** `RT` or `RF`, the Beijing second and ten random digits: 26 characters that both channels take as a number of ours. */
export function newTradeNumber(kind: 'RT' | 'RF', atMs: number, random: RandomSource): string {
  const digits = Array.from({ length: RANDOM_DIGITS }, () => String(Math.floor(random.float() * 10))).join('')
  return `${kind}${chinaTime(atMs).replaceAll(/\D/g, '')}${digits}`
}
