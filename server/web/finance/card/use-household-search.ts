import { type Ref, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import type { HouseholdHit } from '../../kit/api/report-types.js'

const TYPING_MS = 250

export interface HouseholdSearchDeps {
  readonly search: (text: string, signal: AbortSignal) => Promise<readonly HouseholdHit[]>
  readonly after: (delayMs: number, callback: () => void) => () => void
}

/** Households by what is typed, asked for once typing pauses; the latest question wins. Undefined while there is no answer to it. */
export function useHouseholdSearch({ search, after }: HouseholdSearchDeps): {
  text: Ref<string>; found: Readonly<Ref<readonly HouseholdHit[] | undefined>>; failure: Readonly<Ref<ApiFailure | undefined>>
} {
  const text = ref('')
  const found = shallowRef<readonly HouseholdHit[]>()
  const failure = shallowRef<ApiFailure>()
  let controller: AbortController | undefined
  let cancel: (() => void) | undefined
  const drop = (): void => {
    cancel?.()
    controller?.abort()
    controller = undefined
  }

  async function ask(typed: string): Promise<void> {
    const mine = new AbortController()
    controller = mine
    try {
      const hits = await search(typed, mine.signal)
      if (mine === controller) found.value = hits
    } catch (error) {
      if (mine === controller) failure.value = asFailure(error)
    }
  }
  watch(text, (typed) => {
    drop()
    found.value = undefined
    failure.value = undefined
    if (typed.trim() !== '') cancel = after(TYPING_MS, () => void ask(typed.trim()))
  })
  onScopeDispose(drop)
  return { text, found, failure }
}
