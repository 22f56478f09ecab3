import { type Ref, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Person } from '../../kit/api/types.js'

const TYPING_MS = 250

export interface PersonSearchDeps {
  readonly search: (q: string, signal: AbortSignal) => Promise<readonly Person[]>
  readonly after: (delayMs: number, callback: () => void) => () => void
}

/** Residents whose name or unit holds what is typed, asked for once typing pauses; the latest question wins. */
export function usePersonSearch(deps: PersonSearchDeps): { q: Ref<string>; found: Readonly<Ref<readonly Person[] | undefined>> } {
  const q = ref('')
  const found = shallowRef<readonly Person[]>()
  let controller: AbortController | undefined
  let cancel: (() => void) | undefined

  async function ask(text: string): Promise<void> {
    const mine = new AbortController()
    controller = mine
    const persons = await deps.search(text, mine.signal).catch(() => [])
    if (mine === controller) found.value = persons
  }
  watch(q, (text) => {
    cancel?.()
    controller?.abort()
    controller = undefined
    if (text.trim() === '') found.value = undefined
    else cancel = deps.after(TYPING_MS, () => void ask(text.trim()))
  })
  onScopeDispose(() => {
    cancel?.()
    controller?.abort()
    controller = undefined
  })
  return { q, found }
}
