import { computed, onScopeDispose, reactive, ref, shallowRef } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'
import { useResident } from '../resident-context.js'
import type { PhonePerson } from '../resident-types.js'

const AGAIN_SECONDS = 60

function problemOf(failure: ApiFailure): Phrase {
  if (failure.kind === 'too-many') return phrase('my.enter.tooMany', { seconds: failure.retryAfterSeconds ?? AGAIN_SECONDS })
  if (failure.kind === 'signed-out') return phrase('my.enter.wrong')
  return failure.field === 'phone' ? phrase('my.enter.phoneWrong') : phrase(`failure.${failure.kind}.title`)
}

/** Number, code, and whom of several persons the number is: the steps of a login by phone. */
export function usePhoneLogin(done: () => void) {
  const { api, me, after } = useResident()
  const form = reactive({ phone: '', code: '' })
  const busy = ref(false)
  const sent = ref(false)
  const waitSeconds = ref(0)
  const problem = shallowRef<Phrase>()
  const choice = shallowRef<readonly PhonePerson[]>()
  let cancel = (): void => undefined
  onScopeDispose(() => cancel())

  const tick = (): void => {
    waitSeconds.value -= 1
    if (waitSeconds.value > 0) cancel = after(1_000, tick)
  }
  const wait = (seconds: number): void => {
    waitSeconds.value = seconds
    cancel()
    cancel = after(1_000, tick)
  }
  async function act(work: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = undefined
    try {
      await work()
    } catch (error) {
      const failure = asFailure(error)
      problem.value = problemOf(failure)
      if (failure.kind === 'too-many' && !sent.value) wait(failure.retryAfterSeconds ?? AGAIN_SECONDS)
    }
    busy.value = false
  }
  const phone = computed(() => form.phone.replace(/\D/g, ''))

  return {
    form, busy, sent, waitSeconds, problem, choice,
    sendCode: () => act(async () => {
      if (!/^1\d{10}$/.test(phone.value)) return void (problem.value = phrase('my.enter.phoneWrong'))
      await api.requestCode(phone.value)
      sent.value = true
      wait(AGAIN_SECONDS)
    }),
    submit: (personRef?: string) => act(async () => {
      if (!/^\d{6}$/.test(form.code)) return void (problem.value = phrase('my.enter.codeWrong'))
      const result = await api.login(phone.value, form.code, personRef)
      if (result.state === 'choose') return void (choice.value = result.persons)
      me.value = await api.home()
      done()
    }),
  }
}
