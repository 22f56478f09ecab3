import { type Ref, type ShallowRef, onScopeDispose, ref, shallowRef } from 'vue'
import { type ApiFailure, asFailure } from './api/failure.js'

/** Something loaded from the server. Data that was there stays while it is loaded again, or where that fails. */
export interface Resource<T> {
  readonly data: ShallowRef<T | undefined>
  readonly loading: Readonly<Ref<boolean>>
  readonly failure: Readonly<ShallowRef<ApiFailure | undefined>>
  /** Loads anew; an answer to an earlier call is dropped. Never rejects. */
  load(): Promise<void>
}

export function useResource<T>(fetchIt: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const data = shallowRef<T>()
  const loading = ref(false)
  const failure = shallowRef<ApiFailure>()
  let controller: AbortController | undefined

  async function load(): Promise<void> {
    controller?.abort()
    const mine = new AbortController()
    controller = mine
    loading.value = true
    try {
      const value = await fetchIt(mine.signal)
      if (mine !== controller) return
      data.value = value
      failure.value = undefined
    } catch (error) {
      if (mine === controller) failure.value = asFailure(error)
    }
    if (mine === controller) loading.value = false
  }
  onScopeDispose(() => {
    controller?.abort()
    controller = undefined
  })
  return { data, loading, failure, load }
}
