import { fail } from '../errors.js'
import { type CivilDate, isCivilDate } from '../household/civil-date-rules.js'

/** What is wrong with a request, by field. */
interface FieldProblem {
  readonly field: string
  readonly problem: string
}

const LONGEST_MS = 20 * 366 * 86_400_000

/** @param untilDate null where it may be open */
function spanProblem(fromDate: CivilDate, untilDate: CivilDate | null): FieldProblem | undefined {
  if (!isCivilDate(fromDate)) return { field: 'fromDate', problem: 'is no day' }
  if (untilDate === null) return undefined
  if (!isCivilDate(untilDate)) return { field: 'untilDate', problem: 'is no day' }
  if (untilDate < fromDate) return { field: 'untilDate', problem: 'lies before the first day' }
  return Date.parse(untilDate) - Date.parse(fromDate) > LONGEST_MS ? { field: 'untilDate', problem: 'lies more than 20 years after the first day' } : undefined
}

/** @throws AppError SV_BILLING_TERMS */
export function checkSpan(fromDate: CivilDate, untilDate: CivilDate | null): void {
  const problem = spanProblem(fromDate, untilDate)
  if (problem !== undefined) throw fail('SV_BILLING_TERMS', { ...problem })
}
