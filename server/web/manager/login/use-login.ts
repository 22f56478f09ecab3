import { reactive, ref } from 'vue'
import { asFailure } from '../../kit/api/failure.js'
import type { Session } from '../../kit/session.js'
import { type Phrase, phrase } from '../../kit/words/phrase.js'

/** The login form: says per field what is missing, and one sentence where the server refused. */
export function useLogin(session: Pick<Session, 'signIn'>, done: () => void) {
  const form = reactive({ name: '', password: '' })
  const missing = reactive({ name: false, password: false })
  const busy = ref(false)
  const problem = ref<Phrase>()

  async function submit(): Promise<void> {
    if (busy.value) return
    missing.name = form.name.trim() === ''
    missing.password = form.password === ''
    problem.value = undefined
    if (missing.name || missing.password) return
    busy.value = true
    try {
      await session.signIn(form.name.trim(), form.password)
      done()
    } catch (error) {
      problem.value = loginProblem(error)
      form.password = ''
    }
    busy.value = false
  }
  return { form, missing, busy, problem, submit }
}

/** Nothing here tells whether the name exists. */
export function loginProblem(error: unknown): Phrase {
  const failure = asFailure(error)
  if (failure.kind === 'signed-out' || failure.kind === 'invalid') return phrase('login.wrong')
  if (failure.kind !== 'too-many') return phrase(`failure.${failure.kind}.title`)
  return failure.retryAfterSeconds === null ? phrase('login.tooManyLater') : phrase('login.tooMany', { seconds: failure.retryAfterSeconds })
}
