import { ref, shallowRef } from 'vue'
import type { Api } from '../../kit/api/api.js'
import type { Move } from '../../kit/api/household-api.js'
import type { MoveEffects } from '../../kit/api/household-types.js'
import { useAction } from '../../kit/use-action.js'

/**
 * A move in three steps: form, what will happen, done. What was looked at is what is confirmed; where the register
 * changed meanwhile the server refuses, and the form is shown again with the reason.
 */
export function useMove(api: Pick<Api, 'move'>) {
  const step = ref<'form' | 'preview' | 'done'>('form')
  const move = shallowRef<Move>()
  const effects = shallowRef<MoveEffects>()
  const { busy, failure, run } = useAction()

  async function look(next: Move): Promise<void> {
    const done = await run(async () => { effects.value = await api.move(next, true) })
    if (!done) return
    move.value = next
    step.value = 'preview'
  }
  async function confirm(): Promise<void> {
    const asked = move.value
    if (asked === undefined) return
    const done = await run(async () => { effects.value = await api.move(asked, false) })
    step.value = done ? 'done' : 'form'
  }
  return { step, move, effects, busy, failure, look, confirm, back: (): void => { step.value = 'form' } }
}
