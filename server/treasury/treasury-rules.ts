import type { CivilDate } from '../household/civil-date-rules.js'

/** How an estate's revenue reaches the treasury, and the codes that its vouchers and receipts carry. */
export interface TreasuryTerms {
  /** direct: payers pay into the treasury with a payment code. agency: a bank or channel collects, and it is handed over from the estate's account. */
  readonly mode: 'direct' | 'agency'
  /** 国库代码, 征收机关, 执收单位. */
  readonly treasuryCode: string
  readonly collectorCode: string
  readonly unitCode: string
  readonly unitName: string
  /** 预算科目代码 and name, 预算级次. */
  readonly itemCode: string
  readonly itemName: string
  readonly budgetLevel: string
  /** Account for money that waits to be handed over, as the ledger keeps it. */
  readonly bankAccount: string
  /** 开票点编码, 票据代码 of eight digits, 票据名称. */
  readonly receiptPlace: string
  readonly receiptBatch: string
  readonly receiptName: string
}

/** Days after which collected money must have been handed over (国库集中收缴: T+2). */
export const HAND_OVER_DAYS = 2

export interface DayFen {
  readonly date: CivilDate
  readonly fen: number
}
export interface AgedFen extends DayFen {
  readonly days: number
}

const DAY_MS = 86_400_000
const daysBetween = (from: CivilDate, to: CivilDate): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS)

/**
 * What is still there of what arrived day by day, when so much has left: the oldest leaves first. Pure.
 * @param arrivals by day, the earliest first; a day below zero takes from the days before it
 */
export function agesOf(arrivals: readonly DayFen[], leftFen: number, today: CivilDate): AgedFen[] {
  let gone = leftFen - arrivals.reduce((sum, day) => sum + Math.min(0, day.fen), 0)
  return arrivals.flatMap(({ date, fen }) => {
    const taken = Math.min(Math.max(0, fen), Math.max(0, gone))
    gone -= taken
    return fen > taken ? [{ date, fen: fen - taken, days: daysBetween(date, today) }] : []
  })
}

/** Numbers that are missing between the lowest and the highest of a series. */
export interface NumberGap {
  readonly from: string
  readonly until: string
  readonly count: number
}
/** Gaps in a series of numbers of one width, in any order. Pure. */
export function gapsOf(numbers: readonly string[]): NumberGap[] {
  const sorted = [...new Set(numbers)].sort()
  return sorted.flatMap((number, at) => {
    const before = sorted[at - 1]
    if (before === undefined) return []
    const [low, high] = [BigInt(before), BigInt(number)]
    if (high - low <= 1n) return []
    const text = (value: bigint): string => value.toString().padStart(number.length, '0')
    return [{ from: text(low + 1n), until: text(high - 1n), count: Number(high - low - 1n) }]
  })
}
