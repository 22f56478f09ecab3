import type { MyBill, MyPayment } from './my-bill-service.js'
import type { MyConsent, MyHousehold } from './my-data-service.js'

const DAY_MS = 86_400_000
const SOON_DAYS = 30

export interface Owed {
  /** All that is open, the earliest due first paid. */
  readonly fen: number
  readonly overdueFen: number
  /** Of the bill that is due next, or overdue longest; null where nothing is open. */
  readonly dueDate: string | null
  readonly billId: string | null
  readonly bills: number
}

/** What a household owes, of all its bills. @param today YYYY-MM-DD in Asia/Shanghai */
export function owedOf(bills: readonly MyBill[], today: string): Owed {
  const open = bills.filter((bill) => bill.openFen > 0).sort((a, b) => (a.dueDate < b.dueDate ? -1 : 1))
  const sum = (some: readonly MyBill[]): number => some.reduce((total, bill) => total + bill.openFen, 0)
  return { fen: sum(open), overdueFen: sum(open.filter((bill) => bill.dueDate < today)), dueDate: open[0]?.dueDate ?? null, billId: open[0]?.billId ?? null, bills: open.length }
}

export const NOTICE_KINDS = ['payment-pending', 'payment-checking', 'overdue', 'face-to-enrol', 'consent-ends', 'lease-ends'] as const

/** Something that the resident should know or do, most urgent first. Days count from today. */
export interface HomeNotice {
  readonly kind: (typeof NOTICE_KINDS)[number]
  readonly fen: number | null
  readonly days: number | null
  /** Where it leads: a bill, where it is about one. */
  readonly billId: string | null
}

const daysBetween = (from: string, until: string): number => Math.round((Date.parse(until) - Date.parse(from)) / DAY_MS)

export interface HomeFacts {
  readonly today: string
  readonly nowMs: number
  readonly owed: Owed
  readonly payments: readonly MyPayment[]
  readonly consents: readonly MyConsent[]
  readonly household: MyHousehold | null
}

export function noticesOf({ today, nowMs, owed, payments, consents, household }: HomeFacts): HomeNotice[] {
  const notices: HomeNotice[] = []
  const add = (kind: HomeNotice['kind'], about: Partial<HomeNotice> = {}): void => void notices.push({ kind, fen: null, days: null, billId: null, ...about })
  for (const { state, totalFen, billId } of payments) {
    if (state === 'pending') add('payment-pending', { fen: totalFen, billId })
    if (state === 'checking') add('payment-checking', { fen: totalFen, billId })
  }
  if (owed.overdueFen > 0 && owed.dueDate !== null) add('overdue', { fen: owed.overdueFen, days: daysBetween(owed.dueDate, today), billId: owed.billId })
  const own = consents.find((consent) => consent.own && consent.endedAtMs === null && consent.expiresAtMs > nowMs)
  if (own?.held === 'none') add('face-to-enrol')
  if (own !== undefined && own.expiresAtMs - nowMs < SOON_DAYS * DAY_MS) add('consent-ends', { days: Math.ceil((own.expiresAtMs - nowMs) / DAY_MS) })
  const untilDate = household?.lease?.untilDate
  const leaseDays = untilDate === undefined ? undefined : daysBetween(today, untilDate)
  if (leaseDays !== undefined && leaseDays >= 0 && leaseDays <= SOON_DAYS) add('lease-ends', { days: leaseDays })
  return notices
}
