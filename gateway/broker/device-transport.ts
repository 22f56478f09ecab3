import type { GatewayMessageKind } from '#contract/message-table.js'
import type { DeviceAdmission, DeviceConnections, DeviceHandlers, DevicePublisher } from '../device/ports.js'
import type { ConnectRefusal, PublishRefusal } from './authorization.js'
import type { FramingFault } from './packet-framer.js'

/** The gateway's side of the device wire: who may connect, who is told of it, and what is done with each message. */
export interface DeviceSide {
  readonly admission: DeviceAdmission
  readonly connections: DeviceConnections
  readonly handlers: DeviceHandlers
}

/**
 * Carries the messages of the table between devices and gateway, over the embedded broker or another one.
 * `connected` comes before a device's first message and `disconnected` after its last, once each for every connection.
 */
export interface DeviceTransport {
  readonly publisher: DevicePublisher
  /** Resolves once devices can connect. @throws AppError GW_LISTEN */
  start(devices: DeviceSide): Promise<{ readonly port: number }>
  /** Ends every connection. */
  stop(): Promise<void>
  /** Ends this device's connection, if it has one, before it can send or receive anything more. */
  disconnect(deviceId: string): void
  /** Devices that are connected now. */
  connectedCount(): number
}

/**
 * Why a connection or a message was not accepted. `tls`: no certificate, or none of this estate's authority.
 * `connection-fault`: bytes that are no MQTT 3.1.1, silence beyond the keep-alive, or a device that stopped reading.
 */
export type TransportRejection =
  | 'tls' | 'connections-full' | ConnectRefusal | FramingFault | 'connection-fault'
  | PublishRefusal | 'qos-2' | 'subscription' | 'malformed' | 'no-handler' | 'handler-failed'

/** Why a message to a device was dropped. `invalid` is a defect of the gateway. */
export type UndeliveredReason = 'offline' | 'not-subscribed' | 'slow-reader' | 'invalid'

/** Where the transport counts. */
export interface TransportObserver {
  /** @param deviceId common name of the sender's certificate, null where there is none */
  rejected(reason: TransportRejection, deviceId: string | null): void
  undelivered(reason: UndeliveredReason, kind: GatewayMessageKind, deviceId: string): void
}
