import { type Ref, computed, watch } from 'vue'
import type { Api } from '../../kit/api/api.js'
import { useEstate } from '../../kit/use-estate.js'
import { useResource } from '../../kit/use-resource.js'

/** Schedules and gates of one estate: the one that is chosen, else the first. */
export function useRules(api: Pick<Api, 'schedules' | 'gateSetups'>) {
  const { estateId: chosen, estates } = useEstate()
  const estateId: Readonly<Ref<string>> = computed(() => (chosen.value === '' ? estates.value[0]?.estateId ?? '' : chosen.value))
  const { data, failure, load } = useResource(async (signal) => {
    if (estateId.value === '') return { schedules: [], gates: [] }
    const [{ schedules }, { gates }] = await Promise.all([api.schedules(estateId.value, signal), api.gateSetups(estateId.value, signal)])
    return { schedules, gates }
  })
  watch(estateId, () => {
    data.value = undefined
    void load()
  }, { immediate: true })
  return { estateId, data, failure, load }
}
