import { type Ref, computed, ref, watch } from 'vue'
import type { Api } from '../../kit/api/api.js'
import type { Visit } from '../../kit/api/pass-types.js'
import { useAction } from '../../kit/use-action.js'
import { useResource } from '../../kit/use-resource.js'

export type VisitListState = 'open' | 'ended'

/** Visits by page, newest first. */
export function useVisits(api: Pick<Api, 'visits'>, estateId: Readonly<Ref<string>>) {
  const state = ref<VisitListState>('open')
  const more = useAction()
  const { data, loading, failure, load } = useResource((signal) => api.visits({ estateId: estateId.value, state: state.value }, signal))
  watch([estateId, state], () => {
    data.value = undefined
    void load()
  }, { immediate: true })
  return {
    state, loading, failure, load,
    visits: computed<readonly Visit[] | undefined>(() => data.value?.visits),
    hasMore: computed(() => (data.value?.next ?? null) !== null),
    loadingMore: more.busy,
    moreFailure: more.failure,
    loadMore: (): Promise<boolean> => more.run(async () => {
      const known = data.value
      if (known === undefined || known.next === null) return
      const page = await api.visits({ estateId: estateId.value, state: state.value, after: known.next })
      // Another list may have been asked for meanwhile.
      if (data.value === known) data.value = { visits: [...known.visits, ...page.visits], next: page.next }
    }),
  }
}
