import { type Ref, computed, ref, shallowRef, watch } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import { useResource } from '../../kit/use-resource.js'

export interface Page<T> {
  readonly items: readonly T[]
  /** Place of the next page, null after the last. */
  readonly next: string | null
}

/**
 * A list that is read page by page, from the start again where the question is another one.
 * @param question what the list hangs on: its conditions
 */
export function usePages<T>(question: Readonly<Ref<string>>, fetchPage: (after: string | undefined, signal?: AbortSignal) => Promise<Page<T>>) {
  const first = useResource((signal) => fetchPage(undefined, signal))
  const more = shallowRef<readonly T[]>([])
  const next = ref<string | null>(null)
  const loadingMore = ref(false)
  const moreFailure = shallowRef<ApiFailure>()
  watch(first.data, (page) => {
    more.value = []
    next.value = page?.next ?? null
  })
  watch(question, () => {
    first.data.value = undefined
    void first.load()
  }, { immediate: true })

  async function loadMore(): Promise<void> {
    const after = next.value
    const asked = first.data.value
    if (after === null || loadingMore.value) return
    loadingMore.value = true
    moreFailure.value = undefined
    try {
      const page = await fetchPage(after)
      if (first.data.value !== asked) return
      more.value = [...more.value, ...page.items]
      next.value = page.next
    } catch (error) {
      moreFailure.value = asFailure(error)
    } finally {
      loadingMore.value = false
    }
  }
  return {
    items: computed(() => (first.data.value === undefined ? undefined : [...first.data.value.items, ...more.value])),
    failure: first.failure, load: first.load, hasMore: computed(() => next.value !== null), loadingMore, moreFailure, loadMore,
  }
}
