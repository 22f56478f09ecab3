import { isWeekend, localMoment } from '#kernel/schedule.js'
import { addDays, startOfDayMs } from '../../household/civil-date-rules.js'

/** Days that are worked or not against what the weekday says. */
export type Holidays = ReadonlyMap<string, 'holiday' | 'workday'>

const NOON_MS = 12 * 3_600_000
/** Days merged into one credit, as where a channel waits for a least amount. */
export const MERGED_DAYS_MAX = 7

function isBankDay(date: string, holidays: Holidays): boolean {
  const known = holidays.get(date)
  return known === undefined ? !isWeekend(localMoment(startOfDayMs(date) + NOON_MS).weekday) : known === 'workday'
}

/** The day by which a bill's money is due: so many of the bank's working days after the bill's day. */
export function dueDate(billDate: string, settleDays: number, holidays: Holidays): string {
  let date = billDate
  for (let left = settleDays; left > 0;) {
    date = addDays(date, 1)
    if (isBankDay(date, holidays)) left -= 1
  }
  return date
}

/** Working days for which what one bill lacks may stand in another: cross-day, with the channel's own clearing in between. */
const POOL_BANK_DAYS = 3

/** First and last day whose bills may have what the bill of this day lacks: those from which it is within so many working days, and those within them. */
export function poolDays(billDate: string, holidays: Holidays): readonly [from: string, until: string] {
  let from = billDate
  while (dueDate(addDays(from, -1), POOL_BANK_DAYS, holidays) >= billDate) from = addDays(from, -1)
  return [from, dueDate(billDate, POOL_BANK_DAYS, holidays)]
}

/** What a channel owes for a bill. */
export interface Owed {
  readonly channel: string
  readonly merchantId: string
  readonly billDate: string
  readonly netFen: number
  readonly dueDate: string
}
export interface Credit {
  readonly serial: string
  readonly date: string
  readonly fen: number
  readonly payer: string
  readonly memo: string
}

export type Settled =
  | {
    readonly code: 'BANK_MATCHED_NET' | 'SETTLEMENT_SHORT' | 'SETTLEMENT_OVER'
    readonly owed: readonly Owed[]
    readonly credits: readonly Credit[]
    readonly differenceFen: number
  }
  /** Past its day and no credit names it. */
  | { readonly code: 'SETTLEMENT_MISSING'; readonly owed: readonly Owed[]; readonly credits: readonly []; readonly differenceFen: number }
  /** On its way. */
  | { readonly code: 'in-transit'; readonly owed: readonly Owed[]; readonly credits: readonly []; readonly differenceFen: 0 }

const names = ({ memo }: Credit, { merchantId, billDate }: Owed): boolean => memo.includes(merchantId) && (memo.includes(billDate.replaceAll('-', '')) || memo.includes(billDate))
const sumOf = (credits: readonly Credit[]): number => credits.reduce((sum, credit) => sum + credit.fen, 0)

/** Days up to this one, of the same merchant and not settled yet, whose sum is exactly what came. */
function mergedDays(owed: readonly Owed[], at: number, taken: ReadonlySet<Owed>, fen: number): readonly Owed[] | undefined {
  const last = owed[at] as Owed
  const days: Owed[] = []
  let left = fen
  for (let index = at; index >= 0 && days.length < MERGED_DAYS_MAX; index -= 1) {
    const day = owed[index] as Owed
    if (day.merchantId !== last.merchantId || day.channel !== last.channel || taken.has(day)) break
    days.unshift(day)
    left -= day.netFen
    if (left === 0) return days
  }
  return undefined
}

/**
 * Settlements against credits: by what a credit says of merchant and day, never by its amount alone. One day may come in several credits, one
 * credit may be for several days before it. Pure; the order of the credits does not matter.
 * @param owed by merchant, then day
 */
export function settle(owed: readonly Owed[], credits: readonly Credit[], today: string): { settled: Settled[]; left: Credit[] } {
  const taken = new Set<Owed>()
  const used = new Set<Credit>()
  const settled: Settled[] = []
  const sorted = [...credits].sort((a, b) => (a.serial < b.serial ? -1 : 1))
  // From the latest back: the day that a credit names is the last of those that it pays for.
  for (let at = owed.length - 1; at >= 0; at -= 1) {
    const day = owed[at] as Owed
    const own = taken.has(day) ? [] : sorted.filter((credit) => !used.has(credit) && names(credit, day))
    if (own.length === 0) continue
    const fen = sumOf(own)
    const days = mergedDays(owed, at, taken, fen) ?? [day]
    const differenceFen = fen - days.reduce((sum, one) => sum + one.netFen, 0)
    for (const one of days) taken.add(one)
    for (const credit of own) used.add(credit)
    settled.unshift({ code: differenceFen === 0 ? 'BANK_MATCHED_NET' : differenceFen < 0 ? 'SETTLEMENT_SHORT' : 'SETTLEMENT_OVER', owed: days, credits: own, differenceFen })
  }
  for (const day of owed) {
    if (taken.has(day) || day.netFen === 0) continue
    const isMissing = day.dueDate < today
    settled.push(isMissing ? { code: 'SETTLEMENT_MISSING', owed: [day], credits: [], differenceFen: 0 - day.netFen } : { code: 'in-transit', owed: [day], credits: [],
      differenceFen: 0 })
  }
  return { settled, left: sorted.filter((credit) => !used.has(credit)) }
}
