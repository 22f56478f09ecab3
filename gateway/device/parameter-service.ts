import type { ParameterResultV1 } from '#contract/device-care-messages.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { DeviceSettingsV1 } from '#contract/sync-roster.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { CareStore, ParameterResultRow } from './care-ports.js'
import type { DevicePublisher } from './ports.js'

/** A device that does not answer is sent its settings again after this, each time twice as long after. */
export const RESEND_MS_MIN = 15_000
const RESEND_MS_MAX = 600_000

/** `pending`: the device has not said what became of them. */
export type ParameterState = { readonly parameterSetId: string; readonly state: 'pending' | ParameterResultV1['outcome'] }

/** Sees to it that each device has the settings that the server says, and that it is known what became of them. */
export interface ParameterService {
  start(): Promise<void>
  stop(): void
  /** The roster's settings, all of them. */
  replace(settings: readonly DeviceSettingsV1[]): void
  /** The device said hello: what it has not answered yet is sent. */
  connected(address: DeviceAddress): void
  lost(deviceId: string): void
  /** Durable once it resolves. */
  onResult(address: DeviceAddress, result: ParameterResultV1): Promise<void>
  /** The device has a new certificate: it may be another one. */
  forget(deviceId: string): void
  of(deviceId: string): ParameterState | undefined
}

export function createParameterService(deps: {
  store: CareStore; publisher: DevicePublisher; clock: Clock; stamp: Stamper; log: Logger
}): ParameterService {
  const { store, publisher, clock, stamp, log } = deps
  let wanted = new Map<string, DeviceSettingsV1>()
  const results = new Map<string, Pick<ParameterResultRow, 'parameterSetId' | 'outcome'>>()
  const connections = new Map<string, { address: DeviceAddress; cancel: CancelTimer }>()

  const isAnswered = (deviceId: string): boolean => {
    const settings = wanted.get(deviceId)
    return settings === undefined || results.get(deviceId)?.parameterSetId === settings.parameterSetId
  }
  const send = (deviceId: string, resendMs: number): void => {
    const connection = connections.get(deviceId)
    const settings = wanted.get(deviceId)
    connection?.cancel()
    if (connection === undefined || settings === undefined || isAnswered(deviceId)) return
    publisher.publish('parameters', connection.address, { v: 1, parameterSetId: settings.parameterSetId, values: settings.values })
    connection.cancel = clock.after(resendMs, () => {
      log.warn({ deviceId, parameterSetId: settings.parameterSetId }, 'a device does not say what became of its settings; they are sent again')
      send(deviceId, Math.min(2 * resendMs, RESEND_MS_MAX))
    })
  }

  return {
    async start() {
      for (const { deviceId, ...result } of await store.parameterResults()) results.set(deviceId, result)
    },
    stop() {
      for (const { cancel } of connections.values()) cancel()
    },
    replace(settings) {
      const before = wanted
      wanted = new Map(settings.map((one) => [one.deviceId, one]))
      for (const { deviceId, parameterSetId } of settings) {
        if (before.get(deviceId)?.parameterSetId !== parameterSetId) send(deviceId, RESEND_MS_MIN)
      }
    },
    connected(address) {
      const { deviceId } = address
      connections.get(deviceId)?.cancel()
      connections.set(deviceId, { address, cancel: () => undefined })
      send(deviceId, RESEND_MS_MIN)
    },
    lost(deviceId) {
      connections.get(deviceId)?.cancel()
      connections.delete(deviceId)
    },
    async onResult({ deviceId }, { parameterSetId, outcome, problems }) {
      const known = results.get(deviceId)
      const isRepeat = known?.parameterSetId === parameterSetId && known.outcome === outcome
      // An answer to settings that are no longer, or never were, the device's says nothing.
      if (isRepeat || wanted.get(deviceId)?.parameterSetId !== parameterSetId) return
      await store.transact(async (tx) => {
        await tx.putParameterResult({ deviceId, parameterSetId, outcome, problems })
        await tx.append({ kind: 'parameter-result.v1', ...stamp(), deviceId, parameterSetId, outcome, problems })
      })
      results.set(deviceId, { parameterSetId, outcome })
      connections.get(deviceId)?.cancel()
    },
    forget: (deviceId) => void results.delete(deviceId),
    of(deviceId) {
      const parameterSetId = wanted.get(deviceId)?.parameterSetId
      if (parameterSetId === undefined) return undefined
      const result = results.get(deviceId)
      return { parameterSetId, state: result?.parameterSetId === parameterSetId ? result.outcome : 'pending' }
    },
  }
}
