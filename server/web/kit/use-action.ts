import { ref, shallowRef } from 'vue'
import { type ApiFailure, asFailure } from './api/failure.js'

/** One thing that a form does at a time: busy while it is under way, with the failure where it was refused. */
export function useAction() {
  const busy = ref(false)
  const failure = shallowRef<ApiFailure>()

  /** @returns true where it was done */
  async function run(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    failure.value = undefined
    try {
      await work()
      return true
    } catch (error) {
      failure.value = asFailure(error)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, failure, run }
}
