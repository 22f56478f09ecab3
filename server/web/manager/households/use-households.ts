import { type Ref, computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Api } from '../../kit/api/api.js'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import type { Household, HouseholdState } from '../../kit/api/household-types.js'

const TYPING_MS = 250
const PAGE_ROWS = 50

export interface HouseholdsDeps {
  readonly api: Pick<Api, 'households'>
  readonly after: (delayMs: number, callback: () => void) => () => void
  readonly estateId: Readonly<Ref<string>>
  readonly state?: HouseholdState
}

/** Households by page, with a search that waits until typing pauses. An answer to an earlier question is dropped. */
export function useHouseholds(deps: HouseholdsDeps) {
  const households = shallowRef<readonly Household[]>()
  const next = shallowRef<string | null>(null)
  const q = ref('')
  const state = ref<HouseholdState | ''>(deps.state ?? '')
  const loading = ref(false)
  const failure = shallowRef<ApiFailure>()
  let controller = new AbortController()
  let cancelTyping: (() => void) | undefined

  async function fetchInto(after: string | null): Promise<void> {
    const mine = controller
    loading.value = true
    try {
      const page = await deps.api.households({
        estateId: deps.estateId.value, q: q.value.trim(), state: state.value, limit: PAGE_ROWS, ...(after === null ? {} : { after }),
      }, mine.signal)
      if (mine !== controller) return
      households.value = after === null ? page.households : [...households.value ?? [], ...page.households]
      next.value = page.next
      failure.value = undefined
    } catch (error) {
      if (mine === controller) failure.value = asFailure(error)
    }
    if (mine === controller) loading.value = false
  }
  async function reload(): Promise<void> {
    cancelTyping?.()
    controller.abort()
    controller = new AbortController()
    await fetchInto(null)
  }
  watch(q, () => {
    cancelTyping?.()
    cancelTyping = deps.after(TYPING_MS, () => void reload())
  })
  watch([deps.estateId, state], () => void reload())
  onScopeDispose(() => {
    cancelTyping?.()
    controller.abort()
    controller = new AbortController()
  })
  return {
    q, state, households, loading, failure, reload,
    hasMore: computed(() => next.value !== null),
    loadMore: async (): Promise<void> => { if (next.value !== null && !loading.value) await fetchInto(next.value) },
  }
}
