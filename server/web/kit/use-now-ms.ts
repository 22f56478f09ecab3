import { onScopeDispose, ref } from 'vue'
import type { AppContext } from './app-context.js'

const TICK_MS = 5_000

/** The server's time for ages on the page, renewed every few seconds. */
export function useNowMs(context: AppContext) {
  const nowMs = ref(context.api.serverNowMs())
  let cancel = context.after(TICK_MS, tick)
  function tick(): void {
    nowMs.value = context.api.serverNowMs()
    cancel = context.after(TICK_MS, tick)
  }
  onScopeDispose(() => cancel())
  return nowMs
}
