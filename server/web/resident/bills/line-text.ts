import { moneyText } from '../../kit/format.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'
import type { BillLine, Explanation } from '../resident-types.js'

/** Tiers that have words; a newer server may know more. */
const TIERS = ['minimum-living', 'destitute', 'minimum-living-edge', 'low-income', 'lower-middle', 'new-employee', 'migrant-worker', 'over-limit', 'market']
const KINDS = ['rent', 'over-area', 'reduction', 'subsidy', 'late-charge', 'adjustment', 'opening']

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const money = (value: unknown): string => moneyText(number(value))
/** `45.12` of 4512 hundredths. */
const area = (centiM2: unknown): string => (number(centiM2) / 100).toFixed(2).replace(/\.?0+$/, '')
/** `0.01%` of 100 parts per million. */
const percent = (partsPerMillion: unknown): string => `${Number((number(partsPerMillion) / 10_000).toFixed(4))}%`
const spanOf = ({ fromDate, untilDate }: Explanation): Phrase => phrase('my.line.span', { from: text(fromDate), until: text(untilDate) })
const tierOf = (tier: unknown): Phrase => (TIERS.includes(text(tier)) ? phrase(`my.tier.${text(tier)}`) : phrase('my.tier.other', { code: text(tier) }))

const daysOf = ({ days, ofDays }: Explanation): Phrase =>
  (days === ofDays ? phrase('my.line.wholeMonth') : phrase('my.line.days', { days: String(number(days)), of: String(number(ofDays)) }))

function rentText(line: Explanation): Phrase[] {
  const price = money(line['priceFen'])
  return [
    line['basis'] === 'unit' ? phrase('my.line.byUnit', { price }) : phrase('my.line.byArea', { price, area: area(line['areaCentiM2']) }),
    daysOf(line), spanOf(line), phrase('my.line.tier', { tier: tierOf(line['tier']) }),
    ...(line['certificateNo'] == null ? [] : [phrase('my.line.certificate', { no: text(line['certificateNo']) })]),
    phrase('my.line.approval', { no: text(line['approvalNo']) }),
    ...(line['example'] === true ? [phrase('my.line.example')] : []),
  ]
}

interface LateSpan {
  readonly fromDate: string
  readonly untilDate: string
  readonly principalFen: number
  readonly days: number
}

function lateText(line: Explanation): Phrase[] {
  const spans = (Array.isArray(line['spans']) ? line['spans'] : []) as LateSpan[]
  const [frozen, before] = [number(line['frozenDays']), number(line['chargedBeforeFen'])]
  return [
    phrase('my.line.about', { label: text(line['label']) }),
    phrase('my.line.lateHow', { rate: percent(line['dailyPartsPerMillion']) }),
    ...spans.map(({ fromDate, untilDate, principalFen, days }) =>
      phrase('my.line.lateSpan', { from: fromDate, until: untilDate, principal: moneyText(principalFen), days: String(days) })),
    ...(frozen > 0 ? [phrase('my.line.lateFrozen', { count: frozen })] : []),
    ...(line['limitedByCap'] === true ? [phrase('my.line.lateCap')] : []),
    ...(before > 0 ? [phrase('my.line.lateBefore', { amount: moneyText(before) })] : []),
  ]
}

const HOW: Readonly<Record<string, (line: Explanation) => Phrase[]>> = {
  rent: rentText,
  'over-area': rentText,
  reduction: (line) => [
    phrase('my.line.reductionHow', { percent: percent(line['partsPerMillion']), gross: money(line['grossFen']), net: money(line['netFen']) }),
    phrase('my.line.approval', { no: text(line['approvalNo']) }),
  ],
  subsidy: (line) => [
    phrase('my.line.subsidyHow', { monthly: money(line['monthlyFen']) }), daysOf(line), spanOf(line), phrase('my.line.approval', { no: text(line['approvalNo']) }),
    ...(line['limitedByRent'] === true ? [phrase('my.line.subsidyLimited')] : []),
  ],
  'late-charge': lateText,
  adjustment: (line) => [
    phrase('my.line.about', { label: text(line['label']) }), phrase('my.line.reason', { reason: text(line['reason']) }),
    phrase('my.line.approval', { no: text(line['approvalNo']) }),
  ],
}

/** What a line is, and every figure that it was made of, as sentences in their order. */
export function lineText({ explanation }: BillLine): { readonly name: Phrase; readonly how: readonly Phrase[] } {
  const { kind } = explanation
  return { name: phrase(KINDS.includes(kind) ? `my.line.${kind}` : 'my.line.other'), how: HOW[kind]?.(explanation) ?? [] }
}
