import { type Ref, computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import type { Person, PersonPage } from '../../kit/api/types.js'

const TYPING_MS = 250

export interface PeopleDeps {
  readonly fetchPage: (query: { estateId: string; q: string; after: string | null }, signal: AbortSignal) => Promise<PersonPage>
  readonly after: (delayMs: number, callback: () => void) => () => void
  readonly estateId: Readonly<Ref<string>>
}

/** Residents by page, with a search that waits until typing pauses. */
export function usePeople(deps: PeopleDeps) {
  const persons = shallowRef<readonly Person[]>([])
  const next = shallowRef<string | null>(null)
  const q = ref('')
  const loading = ref(false)
  const loadingMore = ref(false)
  const failure = shallowRef<ApiFailure>()
  const moreFailure = shallowRef<ApiFailure>()
  let controller = new AbortController()
  let cancelTyping: (() => void) | undefined

  async function fetchInto(after: string | null): Promise<void> {
    const mine = controller
    const [busy, failed] = after === null ? [loading, failure] : [loadingMore, moreFailure]
    busy.value = true
    try {
      const page = await deps.fetchPage({ estateId: deps.estateId.value, q: q.value.trim(), after }, mine.signal)
      if (mine !== controller) return
      const known = new Set(after === null ? [] : persons.value.map((person) => person.personRef))
      persons.value = [...(after === null ? [] : persons.value), ...page.persons.filter((person) => !known.has(person.personRef))]
      next.value = page.next
      failed.value = undefined
    } catch (error) {
      if (mine === controller) failed.value = asFailure(error)
    }
    if (mine === controller) busy.value = false
  }

  async function reload(): Promise<void> {
    cancelTyping?.()
    controller.abort()
    controller = new AbortController()
    loadingMore.value = false
    moreFailure.value = undefined
    await fetchInto(null)
  }

  watch(q, () => {
    cancelTyping?.()
    cancelTyping = deps.after(TYPING_MS, () => void reload())
  })
  watch(deps.estateId, () => void reload())
  onScopeDispose(() => {
    cancelTyping?.()
    controller.abort()
    controller = new AbortController()
  })

  return {
    q,
    persons,
    hasMore: computed(() => next.value !== null),
    loading,
    loadingMore,
    failure,
    moreFailure,
    reload,
    loadMore: async (): Promise<void> => { if (next.value !== null && !loading.value && !loadingMore.value) await fetchInto(next.value) },
  }
}
