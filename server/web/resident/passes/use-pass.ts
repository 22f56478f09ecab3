import { onMounted, onScopeDispose, ref, shallowRef } from 'vue'
import { type ApiFailure, asFailure } from '../../kit/api/failure.js'
import { useResident } from '../resident-context.js'
import type { StoredPass } from './pass-store.js'
import { codeText, makeKey } from './rotating-code.js'

/** A code counts for a minute either way of the gate's clock, once at each gate. */
export const CODE_SECONDS = 10
const TICK_MS = 1_000
const CLOCK_OFF_MS = 60_000

/** The pass of this phone: made once, then a new code every few seconds, with or without a network. */
export function usePass() {
  const { api, me, passes, after } = useResident()
  const pass = shallowRef<StoredPass>()
  const code = ref('')
  const secondsLeft = ref(0)
  const busy = ref(false)
  const failure = shallowRef<ApiFailure>()
  let cancel = (): void => undefined
  onScopeDispose(() => cancel())

  async function tick(): Promise<void> {
    const own = pass.value
    if (own === undefined) return
    const nowMs = api.serverNowMs()
    secondsLeft.value = CODE_SECONDS - (Math.floor(nowMs / 1_000) % CODE_SECONDS)
    if (code.value === '' || secondsLeft.value === CODE_SECONDS) code.value = await codeText(crypto.subtle, own, nowMs)
    cancel()
    cancel = after(TICK_MS, () => void tick())
  }
  async function show(own: StoredPass | undefined): Promise<void> {
    cancel()
    code.value = ''
    pass.value = own
    await tick()
  }
  onMounted(async () => show(await passes.read()))

  return {
    pass, code, secondsLeft, busy, failure,
    usable: passes.usable,
    /** True where the pass in this browser is that of whoever is logged in, as far as that is known. */
    isOwn: (): boolean => pass.value !== undefined && (me.value == null || me.value.person.personRef === pass.value.personRef),
    clockIsOff: (): boolean => Math.abs(api.serverNowMs() - Date.now()) > CLOCK_OFF_MS,
    /** Makes a key and registers it; what was in this browser before is replaced. */
    async turnOn(name: string): Promise<void> {
      const person = me.value?.person
      if (busy.value || person === undefined) return
      busy.value = true
      failure.value = undefined
      try {
        const { privateKey, publicKey } = await makeKey(crypto.subtle)
        const { credentialId } = await api.registerPhone(name, publicKey)
        await passes.write({ personRef: person.personRef, credentialId, privateKey })
        await show(await passes.read())
      } catch (error) {
        failure.value = asFailure(error)
      }
      busy.value = false
    },
    /** Forgets the pass of this browser. */
    async forget(): Promise<void> {
      await passes.remove()
      await show(undefined)
    },
  }
}

/** `iphone`, `android` or `other`: enough for somebody to tell two phones apart. */
export const phoneKind = (agent: string): 'iphone' | 'android' | 'other' => (/iPhone|iPad/.test(agent) ? 'iphone' : /Android/.test(agent) ? 'android' : 'other')
