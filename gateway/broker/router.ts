import { decodeMessage } from '#contract/codec.js'
import type { DeviceMessageKind } from '#contract/message-table.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Logger } from '#kernel/log.js'
import type { DeviceHandlers } from '../device/ports.js'
import type { TransportObserver } from './device-transport.js'
import type { Notices } from './notices.js'

/** Hands one message of an authorised sender to its handler. Never throws; the promise, if any, never rejects. */
export type Router = (kind: DeviceMessageKind, address: DeviceAddress, payload: Uint8Array) => Promise<void> | undefined

export interface RouterDeps {
  readonly handlers: DeviceHandlers
  readonly notices: Notices
  readonly observer: TransportObserver
  readonly log: Logger
}

export function createRouter(deps: RouterDeps): Router {
  const failed = (kind: DeviceMessageKind, deviceId: string, error: unknown): void => {
    deps.observer.rejected('handler-failed', deviceId)
    deps.log.error({ err: error, kind, deviceId }, 'a device message could not be handled')
  }

  return function route<Kind extends DeviceMessageKind>(kind: Kind, address: DeviceAddress, payload: Uint8Array) {
    const { deviceId } = address
    const handler = deps.handlers[kind]
    if (handler === undefined) return void deps.observer.rejected('no-handler', deviceId)
    const decoded = decodeMessage(kind, payload)
    if (!decoded.ok) {
      deps.observer.rejected('malformed', deviceId)
      deps.log.debug({ kind, deviceId, error: decoded.error }, 'a device message breaks the contract')
      return deps.notices.send(address, kind, 'malformed', decoded.error) as undefined
    }
    try {
      return handler(address, decoded.value)?.catch((error: unknown) => failed(kind, deviceId, error))
    } catch (error) {
      return void failed(kind, deviceId, error)
    }
  }
}
