import { type Ref, computed, ref, watch } from 'vue'
import type { CaseQuery } from '../../kit/api/finance-api.js'
import type { CaseSums, DifferenceCase } from '../../kit/api/finance-types.js'
import type { AppContext } from '../../kit/app-context.js'
import { useResource } from '../../kit/use-resource.js'
import type { Counter } from './case-order.js'
import { dayFigures } from './day-figures.js'

const PAGE = 500
/** Past that a list is no work for hands: it is narrowed by class or day. */
const CASES_MAX = 2_000
const STATES: Readonly<Record<Counter, readonly string[]>> = { 'to-do': ['open', 'proposed'], 'at-risk': ['open', 'proposed'], settled: ['approved', 'cleared', 'auto'] }

/** Everything of one day of reconciliation: bills, sums by leg, and the cases that a counter asks for. */
export function useDay(context: AppContext, date: Readonly<Ref<string>>, estateId: Readonly<Ref<string>>, counter: Readonly<Ref<Counter>>) {
  const { api } = context
  const span = (): { fromDate: string; untilDate: string; estateId: string } => ({ fromDate: date.value, untilDate: date.value, estateId: estateId.value })
  const tooMany = ref(false)

  async function casesIn(query: CaseQuery, signal: AbortSignal): Promise<DifferenceCase[]> {
    const found: DifferenceCase[] = []
    let after: string | null = ''
    while (after !== null && found.length < CASES_MAX) {
      const page: Awaited<ReturnType<typeof api.cases>> = await api.cases({ ...query, after, limit: PAGE }, signal)
      found.push(...page.items)
      after = page.next
    }
    if (after !== null) tooMany.value = true
    return found
  }

  const bills = useResource(async (signal) => (await api.channelBills({ fromDate: date.value, untilDate: date.value }, signal)).items)
  const sums = useResource(async (signal) => await Promise.all(([1, 2, 3] as const).map((leg) => api.caseSums({ ...span(), leg }, signal))) as [CaseSums, CaseSums, CaseSums])
  const cases = useResource(async (signal) => {
    tooMany.value = false
    return (await Promise.all(STATES[counter.value].map((state) => casesIn({ ...span(), state }, signal)))).flat()
  })
  const load = async (): Promise<void> => void (await Promise.all([bills.load(), sums.load(), cases.load()]))

  watch([date, estateId], () => {
    for (const resource of [bills, sums, cases]) resource.data.value = undefined
    void load()
  }, { immediate: true })
  watch(counter, (now, before) => {
    if (STATES[now].join() === STATES[before].join()) return
    cases.data.value = undefined
    void cases.load()
  })
  return {
    bills, sums, cases, tooMany, load,
    figures: computed(() => (sums.data.value === undefined ? undefined : dayFigures(bills.data.value, sums.data.value))),
  }
}
