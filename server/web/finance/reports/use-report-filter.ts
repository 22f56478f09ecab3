import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { ReportFilter } from '../../kit/api/report-types.js'
import { useApp } from '../../kit/app-context.js'
import { dayText } from '../../kit/format.js'
import { useEstate } from '../../kit/use-estate.js'
import { REPORTS, REPORT_READERS } from './report-roles.js'

export const DIMENSIONS = ['estate', 'building', 'tier', 'month'] as const
/** Reports over whole months; the others are of today. */
const OF_MONTHS: readonly string[] = ['rent', 'channels', 'hand-over']
const OF_TIERS: readonly string[] = ['rent', 'ageing', 'arrears', 'review']
const YEARS_BACK = 5

/** What the address asks for: page, picture and workbook all go by it. */
export function useReportFilter() {
  const { api, session } = useApp()
  const route = useRoute()
  const router = useRouter()
  const { estateId } = useEstate()
  const thisMonth = dayText(api.serverNowMs()).slice(0, 7)
  const monthOf = (value: unknown, otherwise: string): string => (/^20\d{2}-(0[1-9]|1[0-2])$/.test(String(value)) ? String(value) : otherwise)

  /** Those that the reader may see somewhere. */
  const reports = computed(() => REPORTS.filter((one) => session.user.value?.grants.some((grant) => REPORT_READERS[one]?.includes(grant.role)) === true))
  const report = computed(() => reports.value.find((one) => one === route.query['report']) ?? reports.value[0] ?? 'rent')
  const years = Array.from({ length: YEARS_BACK + 1 }, (_, back) => String(Number(thisMonth.slice(0, 4)) - back))
  const year = computed(() => years.find((one) => one === route.query['year']) ?? years[0] ?? '')
  const fromMonth = computed(() => monthOf(route.query['from'], `${thisMonth.slice(0, 4)}-01`))
  const untilMonth = computed(() => monthOf(route.query['until'], thisMonth))
  const tier = computed(() => String(route.query['tier'] ?? ''))
  const by = computed(() => {
    const named = String(route.query['by'] ?? 'estate,month').split(',')
    return DIMENSIONS.filter((dimension) => named.includes(dimension))
  })
  const minMonths = computed(() => Math.max(1, Number.parseInt(String(route.query['months'] ?? '6'), 10) || 6))
  const byMonths = computed(() => OF_MONTHS.includes(report.value))
  const byTiers = computed(() => OF_TIERS.includes(report.value))
  const filter = computed<ReportFilter>(() => ({
    ...(estateId.value === '' ? {} : { estateId: estateId.value }),
    ...(byMonths.value ? { fromMonth: fromMonth.value, untilMonth: untilMonth.value } : {}),
    ...(byTiers.value && tier.value !== '' ? { tier: tier.value } : {}),
    ...(report.value === 'rent' ? { by: by.value } : {}),
    ...(report.value === 'arrears' ? { minMonths: minMonths.value } : {}),
    ...(report.value === 'performance' ? { year: year.value } : {}),
  }))
  const set = (change: Record<string, string>): void => void router.replace({ query: { ...route.query, ...change } })
  return { reports, report, fromMonth, untilMonth, tier, by, minMonths, years, year, byMonths, byTiers, estateId, filter, set }
}
