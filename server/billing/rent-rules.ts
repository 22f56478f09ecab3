import { type CivilDate, LAST_DATE, type Span, addDays, common, covers, isEmpty } from '../household/civil-date-rules.js'
import { divideHalfUp, sumFen } from '../money/fen.js'
import { type Period, daysIn, daysInMonth, monthsOf } from './period-rules.js'
import type { BillLine, BillingPolicy, RentRelief, RentStandard, Stay, Tier, TierCertificate } from './rent-terms.js'

const MILLION = 1_000_000n
/** Areas are in 0.01 m². */
const PER_M2 = 100n

/** All that the rent of a household for a period follows from. */
export interface RentCase {
  readonly period: Period
  readonly policy: BillingPolicy
  readonly stays: readonly Stay[]
  /** Of the estate. */
  readonly standards: readonly RentStandard[]
  /** Of the household; of two on one day the later counts. */
  readonly certificates: readonly TierCertificate[]
  /** Approved ones of the household. */
  readonly reliefs: readonly RentRelief[]
}

/** Why a household cannot be billed. */
export type RentProblem = { readonly problem: 'no-price' | 'no-area'; readonly unitLabel: string; readonly tier: Tier; readonly date: CivilDate }
/** What a person should look at before issue. */
export type RentWarning = 'no-certificate' | 'certificate-ends' | 'example-price'

export interface Rent {
  readonly lines: readonly BillLine[]
  /** That of the last day. */
  readonly tier: Tier
  readonly problems: readonly RentProblem[]
  readonly warnings: readonly RentWarning[]
}

const until = (standard: RentStandard): CivilDate => standard.untilDate ?? LAST_DATE
/** The one that began last, the later in the list on a tie. */
const latest = <S extends { readonly fromDate: CivilDate }>(all: readonly S[]): S | undefined =>
  all.reduce<S | undefined>((best, one) => (best === undefined || one.fromDate >= best.fromDate ? one : best), undefined)

/** The price of a tier in a building on a day: the building's own before the estate's. */
export function standardOn(standards: readonly RentStandard[], buildingId: string, tier: Tier, date: CivilDate): RentStandard | undefined {
  const valid = standards.filter((each) => each.tier === tier && each.fromDate <= date && date <= until(each))
  return latest(valid.filter((each) => each.buildingId === buildingId)) ?? latest(valid.filter((each) => each.buildingId === null))
}

export const certificateOn = (certificates: readonly TierCertificate[], date: CivilDate): TierCertificate | undefined =>
  latest(certificates.filter((each) => covers(each, date)))

interface Terms {
  readonly tier: Tier
  readonly certificate: TierCertificate | undefined
  readonly standard: RentStandard | undefined
  readonly reduction: RentRelief | undefined
}

function termsOn(rent: RentCase, stay: Stay, date: CivilDate): Terms {
  const { policy, period } = rent
  const asOf = policy.tierChange === 'next-period' ? common(stay, period).fromDate : date
  const certificate = certificateOn(rent.certificates, asOf)
  const tier = certificate?.tier ?? policy.tierWithoutCertificate
  return {
    tier, certificate, standard: standardOn(rent.standards, stay.buildingId, tier, date),
    reduction: latest(rent.reliefs.filter((relief) => relief.kind === 'reduction' && covers(relief, date))),
  }
}

interface Piece {
  readonly span: Span
  readonly terms: Terms
}

/** The span in pieces of one kind of terms each. */
function pieces(rent: RentCase, stay: Stay, span: Span): Piece[] {
  const changes = [...rent.standards.map((each) => ({ fromDate: each.fromDate, untilDate: until(each) })), ...rent.certificates, ...rent.reliefs]
    .flatMap(({ fromDate, untilDate }) => [fromDate, ...(untilDate === LAST_DATE ? [] : [addDays(untilDate, 1)])])
  const starts = [...new Set([span.fromDate, ...changes.filter((date) => span.fromDate < date && date <= span.untilDate)])].sort()
  const found: Piece[] = []
  starts.forEach((fromDate, index) => {
    const next = starts[index + 1]
    const untilDate = next === undefined ? span.untilDate : addDays(next, -1)
    const terms = termsOn(rent, stay, fromDate)
    const last = found.at(-1)
    const same = last !== undefined && last.terms.certificate === terms.certificate && last.terms.standard === terms.standard && last.terms.reduction === terms.reduction
    if (same) found[found.length - 1] = { terms, span: { fromDate: last.span.fromDate, untilDate } }
    else found.push({ terms, span: { fromDate, untilDate } })
  })
  return found
}

/** The days that a month's price is divided by. A month that the household lives in to the full has its own, also where it moved within it. */
function monthDays({ policy, stays }: RentCase, date: CivilDate): number {
  const all = daysInMonth(date)
  if (policy.dayBasis === 'calendar') return all
  const month = { fromDate: `${date.slice(0, 7)}-01`, untilDate: `${date.slice(0, 7)}-${all}` }
  const lived = new Set<CivilDate>()
  for (const stay of stays) {
    const { fromDate, untilDate } = common(stay, month)
    for (let day = fromDate; day <= untilDate; day = addDays(day, 1)) lived.add(day)
  }
  return lived.size === all ? all : 30
}

/** The part of a home that has one price. */
interface PricedShare {
  readonly kind: 'rent' | 'over-area'
  readonly priceFen: number
  /** Null where the price is by home. */
  readonly areaCentiM2: number | null
  readonly reduced: boolean
}

/** A line and, where a reduction holds, the line that takes it away: together price × area × (1 − reduction), rounded once. */
function pricedLines(stay: Stay, { span, terms }: Piece, ofDays: number, share: PricedShare): BillLine[] {
  const { standard, reduction, tier, certificate } = terms
  if (standard === undefined) return []
  const days = daysIn(span)
  const amount = BigInt(share.priceFen) * BigInt(share.areaCentiM2 ?? Number(PER_M2)) * BigInt(days)
  const grossFen = divideHalfUp(amount, PER_M2 * BigInt(ofDays))
  const receivable = 'rent-receivable'
  const line: BillLine = {
    receivable, fen: grossFen, explanation: {
      kind: share.kind, leaseNo: stay.leaseNo, unitLabel: stay.unitLabel, tier, basis: standard.basis, priceFen: share.priceFen, areaCentiM2: share.areaCentiM2,
      ...span, days, ofDays, certificateNo: certificate?.certificateNo ?? null, approvalNo: standard.approvalNo, example: standard.example,
    },
  }
  if (reduction === undefined || !share.reduced) return [line]
  const netFen = divideHalfUp(amount * (MILLION - BigInt(reduction.value)), PER_M2 * BigInt(ofDays) * MILLION)
  return [line, { receivable, fen: netFen - grossFen, explanation: { kind: 'reduction', grossFen, netFen, partsPerMillion: reduction.value, approvalNo: reduction.approvalNo } }]
}

function pieceLines(rent: RentCase, stay: Stay, piece: Piece, ofDays: number): BillLine[] {
  const { standard } = piece.terms
  if (standard === undefined) return []
  const { priceFen, overPriceFen, basis } = standard
  if (basis === 'unit') return pricedLines(stay, piece, ofDays, { kind: 'rent', priceFen, areaCentiM2: null, reduced: true })
  const limit = rent.policy.standardAreaCentiM2
  if (overPriceFen === null || limit === null || stay.areaCentiM2 <= limit) {
    return pricedLines(stay, piece, ofDays, { kind: 'rent', priceFen, areaCentiM2: stay.areaCentiM2, reduced: true })
  }
  return [
    ...pricedLines(stay, piece, ofDays, { kind: 'rent', priceFen, areaCentiM2: limit, reduced: true }),
    ...pricedLines(stay, piece, ofDays, { kind: 'over-area', priceFen: overPriceFen, areaCentiM2: stay.areaCentiM2 - limit, reduced: rent.policy.reduceOverArea }),
  ]
}

/** A month's subsidies: each by the days on which it holds and the household lives here, never more than the rent that is left. */
function subsidyLines(rent: RentCase, month: Span, rentFen: number, ofDays: number): BillLine[] {
  let left = rentFen
  return rent.reliefs.filter((relief) => relief.kind === 'subsidy').flatMap((relief): BillLine[] => {
    const lived = rent.stays.map((stay) => common(common(stay, month), relief)).filter((span) => !isEmpty(span)).sort((a, b) => (a.fromDate < b.fromDate ? -1 : 1))
    const [first, last] = [lived[0], lived.at(-1)]
    if (first === undefined || last === undefined) return []
    const days = Math.min(ofDays, new Set(lived.flatMap((span) => Array.from({ length: daysIn(span) }, (_, day) => addDays(span.fromDate, day)))).size)
    const due = divideHalfUp(BigInt(relief.value) * BigInt(days), BigInt(ofDays))
    const fen = Math.min(due, left)
    left -= fen
    const explanation = {
      kind: 'subsidy', monthlyFen: relief.value, fromDate: first.fromDate, untilDate: last.untilDate, days, ofDays, limitedByRent: fen < due, approvalNo: relief.approvalNo,
    } as const
    return fen === 0 ? [] : [{ receivable: 'rent-receivable', fen: -fen, explanation }]
  })
}

/**
 * The rent of a household for a period, line by line and month by month. Pure; whole fen, each line rounded half up once,
 * so that a quarter is the sum of its months to the fen.
 */
export function rentOf(rent: RentCase): Rent {
  const lines: BillLine[] = []
  const problems: RentProblem[] = []
  const warnings = new Set<RentWarning>()
  let tier = rent.policy.tierWithoutCertificate
  for (const month of monthsOf(rent.period)) {
    const ofDays = monthDays(rent, month.fromDate)
    const lived = rent.stays.map((stay) => ({ stay, span: common(stay, month) })).filter(({ span }) => !isEmpty(span))
    const found = lived.flatMap(({ stay, span }) => pieces(rent, stay, span).map((piece) => ({ stay, piece })))
    for (const { stay, piece } of found) {
      tier = piece.terms.tier
      problems.push(...problemsOf(stay, piece))
      for (const warning of warningsOf(rent, piece)) warnings.add(warning)
    }
    const monthLines = found.flatMap(({ stay, piece }) => pieceLines(rent, stay, piece, ofDays))
    lines.push(...monthLines, ...subsidyLines(rent, month, sumFen(monthLines.map((line) => line.fen)), ofDays))
  }
  return { lines, tier, problems, warnings: [...warnings] }
}

function problemsOf({ unitLabel, areaCentiM2 }: Stay, { span, terms: { standard, tier } }: Piece): RentProblem[] {
  const at = { unitLabel, tier, date: span.fromDate }
  if (standard === undefined) return [{ problem: 'no-price', ...at }]
  return standard.basis === 'area' && areaCentiM2 <= 0 ? [{ problem: 'no-area', ...at }] : []
}

function warningsOf({ period }: RentCase, { terms: { standard, certificate } }: Piece): RentWarning[] {
  const shown: RentWarning[] = certificate === undefined ? ['no-certificate'] : certificate.untilDate <= period.untilDate ? ['certificate-ends'] : []
  return standard?.example === true ? [...shown, 'example-price'] : shown
}
