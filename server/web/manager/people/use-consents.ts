import { onScopeDispose, ref, shallowRef } from 'vue'
import type { Api } from '../../kit/api/api.js'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import type { ConsentDetail } from '../../kit/api/types.js'
import { consentState, consentsInOrder, isErasing } from './consent-state.js'

const POLL_MS = 3_000

export interface ConsentsDeps {
  readonly api: Pick<Api, 'consents' | 'consent' | 'withdrawConsent' | 'serverNowMs'>
  readonly personRef: string
  readonly after: (delayMs: number, callback: () => void) => () => void
}

/**
 * One person's consents with what each gateway holds under them. A withdrawal shows as done once the server says so;
 * while gateways still hold templates they are asked for again.
 */
export function useConsents(deps: ConsentsDeps) {
  const consents = shallowRef<readonly ConsentDetail[]>()
  const loading = ref(false)
  const failure = shallowRef<ApiFailure>()
  /** Consent that is being withdrawn, and the one whose withdrawal failed. */
  const withdrawing = ref('')
  const withdrawFailed = ref('')
  let cancelPoll: (() => void) | undefined
  let over = false

  async function load(): Promise<void> {
    cancelPoll?.()
    loading.value = true
    try {
      const list = (await deps.api.consents(deps.personRef)).consents
      const details = await Promise.all(list.map((consent) => deps.api.consent(consent.consentId)))
      consents.value = consentsInOrder(details, deps.api.serverNowMs()) as ConsentDetail[]
      failure.value = undefined
    } catch (error) {
      failure.value = asFailure(error)
    }
    loading.value = false
    if (over) return
    const nowMs = deps.api.serverNowMs()
    const erasing = (consents.value ?? []).some((consent) => isErasing(consentState(consent, nowMs), consent.holdings))
    if (erasing) cancelPoll = deps.after(POLL_MS, () => void load())
  }

  async function withdraw(consentId: string): Promise<void> {
    if (withdrawing.value !== '') return
    withdrawing.value = consentId
    withdrawFailed.value = ''
    try {
      await deps.api.withdrawConsent(consentId)
    } catch (error) {
      // Withdrawn meanwhile by somebody else: what they see after loading is the answer.
      if (asFailure(error).kind !== 'conflict') withdrawFailed.value = consentId
    }
    await load()
    withdrawing.value = ''
  }

  onScopeDispose(() => {
    over = true
    cancelPoll?.()
  })
  return { consents, loading, failure, withdrawing, withdrawFailed, load, withdraw }
}
