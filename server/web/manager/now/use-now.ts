import { type Ref, computed, onScopeDispose, watch } from 'vue'
import type { AppContext } from '../../kit/app-context.js'
import type { Gate, GatewayIntegrity } from '../../kit/api/types.js'
import { useResource } from '../../kit/use-resource.js'
import { uplinkOf, withGateway } from '../integrity/integrity-state.js'
import { gateTotals, withGate } from './gate-state.js'

/** Live events carry what changed; this makes good what a live event cannot say, as a silence. */
const REFRESH_MS = 30_000

/** Gates and gateways of one estate or of all, kept current. */
export function useNow(context: AppContext, estateId: Ref<string>, nowMs: Ref<number>) {
  const gates = useResource((signal) => context.api.gates(estateId.value, signal).then((answer) => answer.gates))
  const integrity = useResource((signal) => context.api.integrity(signal).then((answer) => answer.gateways))

  let cancel: (() => void) | undefined
  async function refresh(): Promise<void> {
    cancel?.()
    await Promise.all([gates.load(), integrity.load()])
  }
  const refreshAgain = async (): Promise<void> => {
    await Promise.all([gates.loadAgain(), integrity.loadAgain()])
  }
  const plan = (): void => { cancel = context.after(REFRESH_MS, () => void refresh().then(plan)) }
  watch(estateId, () => {
    gates.data.value = undefined
    void refresh().then(() => { cancel?.(); plan() })
  }, { immediate: true })
  onScopeDispose(() => cancel?.())

  const mine = (gateway: GatewayIntegrity): boolean => estateId.value === '' || gateway.estateId === estateId.value
  const gateways = computed(() => (integrity.data.value ?? []).filter(mine))
  return {
    gates,
    integrity,
    gateways,
    totals: computed(() => gateTotals(gates.data.value ?? [])),
    silent: computed(() => gateways.value.filter((gateway) => uplinkOf(gateway, nowMs.value) !== 'up')),
    refresh,
    refreshAgain,
    takeGate: (gate: Gate): void => gates.change((known) => withGate(known, gate)),
    takeGateway: (gateway: GatewayIntegrity): void => integrity.change((known) => withGateway(known, gateway)),
  }
}
