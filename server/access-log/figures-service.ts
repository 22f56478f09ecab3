import { WAYS } from '#contract/passage-record.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { dayStartMs } from '../gate-state/gate-state-rules.js'
import * as figures from './figures-repository.js'
import type { PassageFigures } from './figures-schemas.js'
import { quantileMs } from './figure-rules.js'
import { parityWarnings, wayFigures } from './parity-rules.js'

const DAY_MS = 86_400_000
/** Days in one question: a season. */
export const FIGURE_DAYS_MAX = 93

export interface FiguresService {
  /**
   * Figures of whole days in Jiangmen: of all that has a part in the span.
   * @throws AppError SV_HTTP_VALIDATION where it ends before it begins or is longer than `FIGURE_DAYS_MAX`
   */
  passages(scope: EstateScope, span: figures.FigureSpan): Promise<PassageFigures>
}

/** The whole days of a span. */
function wholeDays({ fromMs, toMs }: figures.FigureSpan): figures.FigureSpan {
  if (toMs <= fromMs) throw fail('SV_HTTP_VALIDATION', { field: 'toMs', problem: 'must be after fromMs' })
  const days = { fromMs: dayStartMs(fromMs), toMs: dayStartMs(toMs - 1) + DAY_MS }
  if (days.toMs - days.fromMs > FIGURE_DAYS_MAX * DAY_MS) throw fail('SV_HTTP_VALIDATION', { field: 'toMs', problem: `is more than ${FIGURE_DAYS_MAX} days after fromMs` })
  return days
}

export const createFiguresService = ({ read }: { read: Tx }): FiguresService => ({
  async passages(scope, wanted) {
    const span = wholeDays(wanted)
    const [byHour, byDay, decisions, waits] = await Promise.all([
      figures.countsByHourOfDay(read, scope, span), figures.countsByDay(read, scope, span), figures.countsByDecision(read, scope, span), figures.waitsByWay(read, scope, span),
    ])
    const ways = WAYS.flatMap((way) => {
      const own = decisions.filter((row) => row.way === way)
      if (own.length === 0) return []
      const histogram = waits.get(way) ?? new Map<number, number>()
      return [wayFigures({
        way, passages: Object.fromEntries(own.map((row) => [row.decision, row.passages])), grantedAttempts: own.find((row) => row.decision === 'granted')?.attempts ?? 0,
        waits: [...histogram.values()].reduce((sum, count) => sum + count, 0), waitMedianMs: quantileMs(histogram, 0.5), waitP95Ms: quantileMs(histogram, 0.95),
      })]
    })
    const reasons = new Map<string, number>()
    for (const { decision, passages } of decisions) if (decision !== 'granted') reasons.set(decision, (reasons.get(decision) ?? 0) + passages)
    return {
      ...span,
      hours: Array.from({ length: 24 }, (_, hour) => {
        const { granted = 0, refused = 0 } = byHour.find((row) => row.key === hour) ?? {}
        return { hour, granted, refused }
      }),
      days: byDay.map(({ key, granted, refused }) => ({ dayStartMs: key, granted, refused })),
      reasons: [...reasons].map(([reason, passages]) => ({ reason, passages })).sort((a, b) => b.passages - a.passages || (a.reason < b.reason ? -1 : 1)),
      ways, warnings: parityWarnings(ways),
    }
  },
})
