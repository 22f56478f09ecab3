import { onMounted, onScopeDispose, ref, shallowRef } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import { useResident } from '../resident-context.js'

const OFTEN_MS = 2_000
const SELDOM_MS = 10_000
/** After a minute a notify that was lost is found by the server's own questions. */
const OFTEN_TIMES = 30

/**
 * Asks again and again while what is waited for has not come, more seldom after a minute, until the page is left. A failed
 * question is asked again: nothing is concluded from it.
 * @param ask what the server says now
 * @param isOver true where there is nothing left to wait for
 */
export function useWaiting<T>(ask: () => Promise<T>, isOver: (value: T) => boolean) {
  const { after } = useResident()
  const data = shallowRef<T>()
  const failure = shallowRef<ApiFailure>()
  const asked = ref(0)
  let cancel = (): void => undefined
  let isLeft = false

  async function look(): Promise<void> {
    cancel()
    try {
      data.value = await ask()
      failure.value = undefined
    } catch (error) {
      failure.value = asFailure(error)
    }
    asked.value += 1
    if (isLeft || (data.value !== undefined && failure.value === undefined && isOver(data.value))) return
    cancel = after(asked.value < OFTEN_TIMES ? OFTEN_MS : SELDOM_MS, () => void look())
  }
  // Back from the channel's app: what is known now counts, not what was before.
  const onShown = (): void => { if (document.visibilityState === 'visible') void look() }
  onMounted(() => {
    document.addEventListener('visibilitychange', onShown)
    void look()
  })
  onScopeDispose(() => {
    isLeft = true
    cancel()
    document.removeEventListener('visibilitychange', onShown)
  })
  return { data, failure, look }
}
