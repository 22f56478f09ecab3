import { type CivilDate, addDays } from '../household/civil-date-rules.js'

/** Why somebody should look at a household, the gravest first. */
export const REVIEW_REASONS = ['unpaid-months', 'not-seen', 'certificate-over', 'certificate-missing', 'over-limit', 'certificate-ending', 'lease-ending'] as const
export type ReviewReason = (typeof REVIEW_REASONS)[number]

/** Months unpaid, in all, from which a home must be given back (公共租赁住房管理办法 art. 29). */
export const EXIT_MONTHS = 6
/** A home that stands empty for more than six months is to be given back (公共租赁住房管理办法 art. 27). */
export const IDLE_DAYS = 183
/** Who wants to stay applies three months before the lease ends (公共租赁住房管理办法 art. 30); certificates are looked at as early. */
const NOTICE_DAYS = 92

export interface CertificateSpan {
  readonly tier: string
  readonly fromDate: CivilDate
  /** Last day. */
  readonly untilDate: CivilDate
}

export interface ReviewedHousehold {
  /** Last day of its last lease. */
  readonly leaseUntil: CivilDate
  /** Tier of its newest bill; null before the first. */
  readonly tier: string | null
  readonly certificates: readonly CertificateSpan[]
  readonly unpaidMonths: number
  /** Nobody of it was let in at a gate for `IDLE_DAYS`, though it lived there and the gates were watched. A clue, no proof: doors are held open for people. */
  readonly notSeen: boolean
}

export interface ReviewFinding {
  readonly reason: ReviewReason
  /** The day it is about; null where it is about none. */
  readonly date: CivilDate | null
}

const untilOf = (spans: readonly CertificateSpan[]): CivilDate | undefined => spans.map((span) => span.untilDate).sort().at(-1)

function certificateFinding({ certificates, tier }: ReviewedHousehold, today: CivilDate): ReviewFinding[] {
  const until = untilOf(certificates)
  // Rent of the market is what is asked of whoever has shown nothing.
  if (until === undefined) return tier === null || tier === 'market' ? [] : [{ reason: 'certificate-missing', date: null }]
  if (until < today) return [{ reason: 'certificate-over', date: until }]
  return until <= addDays(today, NOTICE_DAYS) ? [{ reason: 'certificate-ending', date: until }] : []
}

/** What there is to look at in a household today, the gravest first: for people to judge, it ends nothing by itself. Pure. */
export function findingsOf(household: ReviewedHousehold, today: CivilDate): ReviewFinding[] {
  const { leaseUntil, tier, unpaidMonths, notSeen, certificates } = household
  const inForce = certificates.filter((one) => one.fromDate <= today && today <= one.untilDate).at(-1)
  const found: ReviewFinding[] = [
    ...(unpaidMonths >= EXIT_MONTHS ? [{ reason: 'unpaid-months', date: null } as const] : []),
    ...(notSeen ? [{ reason: 'not-seen', date: null } as const] : []), ...certificateFinding(household, today),
    ...((inForce?.tier ?? tier) === 'over-limit' ? [{ reason: 'over-limit', date: inForce?.untilDate ?? null } as const] : []),
    ...(leaseUntil <= addDays(today, NOTICE_DAYS) ? [{ reason: 'lease-ending', date: leaseUntil } as const] : []),
  ]
  return found.sort((a, b) => REVIEW_REASONS.indexOf(a.reason) - REVIEW_REASONS.indexOf(b.reason))
}
