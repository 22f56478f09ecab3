import type { DifferenceCase } from '../../kit/api/finance-types.js'

/** Which differences the list shows: the three counters above it. */
export const COUNTERS = ['to-do', 'at-risk', 'settled'] as const
export type Counter = (typeof COUNTERS)[number]

export interface ClassGroup {
  readonly classCode: string
  readonly cases: readonly DifferenceCase[]
  readonly riskFen: number
  readonly differenceFen: number
  /** Day of the oldest. */
  readonly oldest: string
}

const sum = (cases: readonly DifferenceCase[], of: (one: DifferenceCase) => number): number => cases.reduce((total, one) => total + of(one), 0)
const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** True where a case holds the text in one of the numbers that people know it by. */
export const holdsText = ({ reference, orderNo, transactionId, billId, classCode }: DifferenceCase, text: string): boolean =>
  [reference, orderNo, transactionId, billId, classCode].some((number) => number?.toLowerCase().includes(text.trim().toLowerCase()))

/**
 * Differences by class, those with the most money at risk first; within a class the oldest day and then the most money first. The order
 * does not hang on states, so that nothing moves while it is worked on.
 */
export function groupsOf(cases: readonly DifferenceCase[], counter: Counter, text: string): ClassGroup[] {
  const shown = cases.filter((one) => (counter !== 'at-risk' || one.riskFen > 0) && (text.trim() === '' || holdsText(one, text)))
  const classes = [...new Set(shown.map((one) => one.classCode))]
  return classes.map((classCode) => {
    const own = shown.filter((one) => one.classCode === classCode)
      .sort((left, right) => byText(left.bizDate, right.bizDate) || right.riskFen - left.riskFen || byText(left.reference, right.reference) || byText(left.caseId, right.caseId))
    return { classCode, cases: own, riskFen: sum(own, (one) => one.riskFen), differenceFen: sum(own, (one) => one.differenceFen), oldest: own[0]?.bizDate ?? '' }
  }).sort((left, right) => right.riskFen - left.riskFen || byText(left.classCode, right.classCode))
}

/** The case so many places further in the list; the ends hold. Without a place: the first. */
export function stepped(order: readonly DifferenceCase[], caseId: string, steps: number): DifferenceCase | undefined {
  const at = order.findIndex((one) => one.caseId === caseId)
  return at < 0 ? order[0] : order[Math.min(order.length - 1, Math.max(0, at + steps))]
}

/** The next after a case that something can be done about, from the top again after the last; undefined where there is none. */
export function nextToDo(order: readonly DifferenceCase[], caseId: string, canDo: (one: DifferenceCase) => boolean): DifferenceCase | undefined {
  const at = order.findIndex((one) => one.caseId === caseId)
  return [...order.slice(at + 1), ...order.slice(0, Math.max(0, at))].find(canDo)
}
