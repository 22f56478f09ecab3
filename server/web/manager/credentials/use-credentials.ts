import { type Ref, computed, onScopeDispose, ref, watch } from 'vue'
import type { Api } from '../../kit/api/api.js'
import type { Credential } from '../../kit/api/pass-types.js'
import { useAction } from '../../kit/use-action.js'
import { useResource } from '../../kit/use-resource.js'

const TYPING_MS = 250

export interface CredentialsDeps {
  readonly api: Pick<Api, 'credentials'>
  readonly after: (delayMs: number, callback: () => void) => () => void
  readonly estateId: Readonly<Ref<string>>
}

/** Credentials by page, newest first, with a search that waits until typing pauses. */
export function useCredentials({ api, after, estateId }: CredentialsDeps) {
  const state = ref<'open' | 'ended'>('open')
  const kind = ref('')
  const q = ref('')
  const more = useAction()
  let cancel: (() => void) | undefined
  const query = () => ({ estateId: estateId.value, state: state.value, kind: kind.value, q: q.value.trim() })
  const { data, loading, failure, load } = useResource((signal) => api.credentials(query(), signal))
  watch([estateId, state, kind], () => {
    data.value = undefined
    void load()
  }, { immediate: true })
  watch(q, () => {
    cancel?.()
    cancel = after(TYPING_MS, () => void load())
  })
  onScopeDispose(() => cancel?.())
  return {
    state, kind, q, loading, failure, load,
    credentials: computed<readonly Credential[] | undefined>(() => data.value?.credentials),
    hasMore: computed(() => (data.value?.next ?? null) !== null),
    loadingMore: more.busy,
    moreFailure: more.failure,
    loadMore: (): Promise<boolean> => more.run(async () => {
      const known = data.value
      if (known === undefined || known.next === null) return
      const page = await api.credentials({ ...query(), after: known.next })
      // Another list may have been asked for meanwhile.
      if (data.value === known) data.value = { credentials: [...known.credentials, ...page.credentials], next: page.next }
    }),
  }
}
