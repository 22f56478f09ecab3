/** Money is whole fen, exact: a safe integer wherever it is a `number`. 90 trillion yuan is the end of it. */
export const FEN_MAX = Number.MAX_SAFE_INTEGER

const [ZERO, NINE, POINT] = [48, 57, 46]
/** Fen of digits with two more after a point, as nearly all amounts of a bill are; undefined where it is written otherwise, or is none. */
function plainFen(text: string): number | undefined {
  const point = text.length - 3
  if (point < 1 || point > 12 || text.charCodeAt(point) !== POINT) return undefined
  let fen = 0
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at)
    if (at === point) continue
    if (digit < ZERO || digit > NINE) return undefined
    fen = fen * 10 + digit - ZERO
  }
  return fen
}

const YUAN = /^([+-]?)(\d{1,14})(?:\.(\d{1,8}))?$/

/**
 * Fen of an amount in yuan as people and channel bills write it: `124.8`, `-0.02000`, `6`. Digits beyond the second must
 * be zeros: WeChat Pay writes fees with five (payments of 2021 on), and never means parts of a fen.
 * @returns undefined where the text is no such amount
 */
export function parseYuan(text: string): number | undefined {
  const plain = plainFen(text)
  if (plain !== undefined) return plain
  const match = YUAN.exec(text.trim())
  if (match === null) return undefined
  const [, sign, whole = '', digits = ''] = match
  if (/[^0]/.test(digits.slice(2))) return undefined
  const fen = Number(whole) * 100 + Number(digits.slice(0, 2).padEnd(2, '0'))
  if (!Number.isSafeInteger(fen)) return undefined
  return sign === '-' && fen !== 0 ? -fen : fen
}

/** `12480` → `124.80`, `-2` → `-0.02`. @throws RangeError where it is no whole fen */
export function yuanText(fen: number): string {
  assertFen(fen)
  const digits = String(Math.abs(fen)).padStart(3, '0')
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** @throws RangeError where `fen` is no safe integer */
export function assertFen(fen: number): void {
  if (!Number.isSafeInteger(fen)) throw new RangeError(`${fen} is no whole number of fen`)
}

/** Sum of amounts. @throws RangeError where one is not exact, or the sum leaves what is exact */
export function sumFen(amounts: Iterable<number>): number {
  let sum = 0
  for (const fen of amounts) {
    assertFen(fen)
    sum += fen
    assertFen(sum)
  }
  return sum
}

/**
 * `numerator / denominator`, rounded half up, away from zero on a tie (四舍五入): 0.5 → 1, -0.5 → -1.
 * @throws RangeError where the denominator is not positive or the result is no safe integer
 */
export function divideHalfUp(numerator: bigint, denominator: bigint): number {
  if (denominator <= 0n) throw new RangeError('the denominator must be positive')
  const magnitude = numerator < 0n ? -numerator : numerator
  const rounded = Number((magnitude * 2n + denominator) / (denominator * 2n))
  assertFen(rounded)
  return numerator < 0n && rounded !== 0 ? -rounded : rounded
}

/** `fen × rate`, half up to the fen. @param partsPerMillion a rate of 0.6 % is 6 000 */
export const shareOf = (fen: number, partsPerMillion: number): number => divideHalfUp(BigInt(fen) * BigInt(partsPerMillion), 1_000_000n)

/**
 * Parts of `fen` by weight that add up to it exactly: each is rounded down, the fen left over go to the largest
 * remainders, the earlier part first on a tie.
 * @throws RangeError where no weight is positive or one is negative
 */
export function splitFen(fen: number, weights: readonly number[]): number[] {
  assertFen(fen)
  const total = weights.reduce((sum, weight) => {
    if (!(weight >= 0) || !Number.isSafeInteger(weight)) throw new RangeError(`${weight} is no weight`)
    return sum + BigInt(weight)
  }, 0n)
  if (total === 0n) throw new RangeError('no weight is positive')
  const magnitude = BigInt(Math.abs(fen))
  const parts = weights.map((weight, index) => ({ index, whole: (magnitude * BigInt(weight)) / total, rest: (magnitude * BigInt(weight)) % total }))
  let left = magnitude - parts.reduce((sum, part) => sum + part.whole, 0n)
  for (const part of [...parts].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))) {
    if (left === 0n) break
    part.whole += 1n
    left -= 1n
  }
  return parts.map(({ whole }) => (fen < 0 && whole !== 0n ? -Number(whole) : Number(whole)))
}
