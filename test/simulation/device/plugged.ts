import type { DeviceAddress } from '#contract/topics.js'
import type { CancelTimer } from '#kernel/clock.js'
import type { Dice } from '../engine/dice.js'
import type { Timeline } from '../engine/timeline.js'
import { type DeviceEnd, FAIR_LINK, type LinkWeather, type VirtualBroker } from '../network/virtual-broker.js'

/** A device's line to the broker: it connects again whenever it is cut, after a pause. */
export interface Plug extends DeviceEnd {
  readonly weather: LinkWeather
  start(): void
  /** No power: no connection, no retry. */
  off(): void
  cut(isSilent: boolean): void
}

const RETRY_MS_MIN = 1_000
const RETRY_MS_MAX = 5_000

export function createPlug(deps: {
  address: DeviceAddress; broker: VirtualBroker; timeline: Timeline; dice: Dice; events: Pick<DeviceEnd, 'connected' | 'disconnected' | 'received'>
}): Plug {
  const { address, broker, timeline, dice, events } = deps
  let isOn = false
  let cancelRetry: CancelTimer = () => undefined

  const open = (): void => {
    cancelRetry()
    if (isOn && !broker.isConnected(plug) && !broker.connect(plug)) retry()
  }
  const retry = (): void => {
    cancelRetry()
    if (isOn) cancelRetry = timeline.after(dice.between(RETRY_MS_MIN, RETRY_MS_MAX), open)
  }
  const plug: Plug = {
    address, weather: { ...FAIR_LINK },
    connected: events.connected,
    disconnected() {
      events.disconnected()
      retry()
    },
    received: events.received,
    start() {
      isOn = true
      open()
    },
    off() {
      isOn = false
      cancelRetry()
      broker.cut(plug, true)
    },
    cut: (isSilent) => broker.cut(plug, isSilent),
  }
  return plug
}
