import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Gate } from '../../kit/api/types.js'
import { useApp } from '../../kit/app-context.js'
import { type LogFilters, NO_FILTERS, changed, filtersOf, queryOf } from './log-filters.js'

/** The filters as they stand in the address: a link shows the same list, and going back undoes a change. */
export function useLogFilters() {
  const { api } = useApp()
  const route = useRoute()
  const router = useRouter()
  const filters = ref<LogFilters>(filtersOf(route.query))
  const key = computed(() => JSON.stringify(queryOf(filters.value)))
  // The sheet's own part of the address is no filter: the list stays as it is.
  watch(() => route.query, (query) => {
    if (route.name !== 'log') return
    const next = filtersOf(query)
    if (JSON.stringify(queryOf(next)) !== key.value) filters.value = next
  })

  /** Gates of the estate, for the choices and for names; without them ids are shown. */
  const gates = ref<readonly Gate[]>([])
  watch(() => filters.value.estateId, async (estateId) => {
    gates.value = await api.gates(estateId).then((answer) => answer.gates, () => [])
  }, { immediate: true })

  return {
    filters,
    gates,
    set: (change: Partial<LogFilters>): void => void router.push({ query: queryOf(changed(filters.value, change)) }),
    clear: (): void => void router.push({ query: queryOf({ ...NO_FILTERS, estateId: filters.value.estateId }) }),
  }
}
