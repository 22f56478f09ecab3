import { type Ref, type ShallowRef, onScopeDispose, ref, shallowRef } from 'vue'
import { type ApiFailure, asFailure } from './api/failure.js'

/** Something loaded from the server. Data that was there stays while it is loaded again, or where that fails. */
export interface Resource<T> {
  readonly data: ShallowRef<T | undefined>
  readonly loading: Readonly<Ref<boolean>>
  readonly failure: Readonly<ShallowRef<ApiFailure | undefined>>
  /** Loads anew; an answer to an earlier call is dropped. Never rejects. */
  load(): Promise<void>
  /** Loads once more after the load that is under way, whose answer is shown meanwhile. */
  loadAgain(): Promise<void>
  /** Applies what a live event tells to what is there, and to an answer that is under way too: it may be from before the event. */
  change(update: (value: T) => T): void
}

export function useResource<T>(fetchIt: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const data = shallowRef<T>()
  const loading = ref(false)
  const failure = shallowRef<ApiFailure>()
  let controller: AbortController | undefined
  let current = Promise.resolve()
  /** Told since the load under way began. */
  let news: Array<(value: T) => T> = []

  async function ask(): Promise<void> {
    controller?.abort()
    const mine = new AbortController()
    controller = mine
    news = []
    loading.value = true
    try {
      const value = await fetchIt(mine.signal)
      if (mine !== controller) return
      data.value = news.reduce<T>((known, update) => update(known), value)
      failure.value = undefined
    } catch (error) {
      if (mine === controller) failure.value = asFailure(error)
    }
    if (mine === controller) loading.value = false
  }
  const load = (): Promise<void> => (current = ask())
  let gone = false
  onScopeDispose(() => {
    gone = true
    controller?.abort()
    controller = undefined
  })
  return {
    data, loading, failure, load,
    loadAgain: () => current.then(() => (gone ? undefined : load())),
    change(update) {
      if (loading.value) news.push(update)
      if (data.value !== undefined) data.value = update(data.value)
    },
  }
}
