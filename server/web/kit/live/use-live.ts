import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { AccessLogItem, Gate, GatewayIntegrity } from '../api/types.js'
import type { Alarm, Device, Order } from '../api/operation-types.js'
import type { AppContext } from '../app-context.js'
import { LIVE_KINDS, type LiveKind, type LiveState, createLiveFeed } from './live-feed.js'

/** A page nobody looks at gives its line back after this: browsers open few to one server. */
const HIDDEN_STOP_MS = 60_000

export interface LiveHandlers {
  readonly access?: (item: AccessLogItem) => void
  readonly gate?: (gate: Gate) => void
  readonly integrity?: (gateway: GatewayIntegrity) => void
  readonly alarm?: (alarm: Alarm) => void
  readonly order?: (order: Order) => void
  readonly device?: (device: Device) => void
  /** The line is open. At the first time too, what happened between an answer to the page and now came by neither. */
  readonly opened?: () => void
}

/** The part of `document` that is used. */
export interface PageVisibility extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly hidden: boolean
}

/** Live events of one estate, or of all in scope, for as long as the component is there. */
export function useLive(context: AppContext, estateId: Ref<string>, handlers: LiveHandlers, page: PageVisibility = document) {
  const state = ref<LiveState>('off')
  const feed = createLiveFeed({
    kinds: LIVE_KINDS,
    open: context.openStream,
    after: context.after,
    maySubscribe: () => context.api.me().then(() => true, (error: unknown) => {
      if (isSignedOut(error)) context.session.end()
      return !isSignedOut(error)
    }),
    onState: (next) => { state.value = next },
    onOpen: () => handlers.opened?.(),
    onEvent: (kind, payload) => HAND[kind](payload),
  })
  const HAND: Record<LiveKind, (payload: unknown) => void> = {
    access: (payload) => handlers.access?.(payload as AccessLogItem),
    gate: (payload) => handlers.gate?.(payload as Gate),
    integrity: (payload) => handlers.integrity?.(payload as GatewayIntegrity),
    alarm: (payload) => handlers.alarm?.(payload as Alarm),
    order: (payload) => handlers.order?.(payload as Order),
    device: (payload) => handlers.device?.(payload as Device),
  }

  const start = (): void => feed.start(context.api.liveUrl(estateId.value))
  let cancelStop: (() => void) | undefined
  const onVisibility = (): void => {
    cancelStop?.()
    cancelStop = undefined
    if (page.hidden) cancelStop = context.after(HIDDEN_STOP_MS, () => feed.stop())
    else if (state.value === 'off') start()
  }
  page.addEventListener('visibilitychange', onVisibility)
  onScopeDispose(() => {
    page.removeEventListener('visibilitychange', onVisibility)
    cancelStop?.()
    feed.stop()
  })
  watch(estateId, start, { immediate: true })
  return { state }
}

const isSignedOut = (error: unknown): boolean => typeof error === 'object' && error !== null && 'kind' in error && error.kind === 'signed-out'
