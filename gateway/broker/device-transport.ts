import type { GatewayMessageKind } from '#contract/message-table.js'
import type {
  DeviceAdmission, DeviceConnections, DeviceHandlers, DevicePublisher, TerminalPublisher, TerminalRefusal, TerminalSide,
} from '../device/ports.js'
import type { ConnectRefusal, PublishRefusal } from './authorization.js'
import type { FramingFault } from './packet-framer.js'

/** The gateway's side of the device wire: who may connect, who is told of it, and what is done with each message. */
export interface DeviceSide {
  readonly admission: DeviceAdmission
  readonly connections: DeviceConnections
  readonly handlers: DeviceHandlers
  /** Face terminals of other makers; without it none gets in. */
  readonly terminals?: TerminalSide
}

/**
 * Carries the messages of the table between devices and gateway, over the embedded broker or another one.
 * `connected` comes before a device's first message and `disconnected` after its last, once each for every connection.
 */
export interface DeviceTransport {
  readonly publisher: DevicePublisher
  readonly terminalPublisher: TerminalPublisher
  /** Resolves once devices can connect; `plainPort` is null where there is no listener without TLS. @throws AppError GW_LISTEN */
  start(devices: DeviceSide): Promise<{ readonly port: number; readonly plainPort: number | null }>
  /** Ends every connection. */
  stop(): Promise<void>
  /** Ends this device's connection, if it has one, before it can send or receive anything more. */
  disconnect(deviceId: string): void
  /** Devices that are connected now. */
  connectedCount(): number
}

/**
 * Why a connection or a message was not accepted. `tls`: no certificate, or none of this estate's authority.
 * `strangers-full`: more connections that are no devices yet than are waited for, from one address or in all.
 * `no-credentials`: neither a certificate nor a name and password.
 * `flood`: more than its share of the one connection to another broker.
 * `connection-fault`: bytes that are no MQTT 3.1.1, silence beyond the keep-alive, or a device that stopped reading.
 */
export type TransportRejection =
  | 'tls' | 'strangers-full' | 'connections-full' | 'no-credentials' | ConnectRefusal | TerminalRefusal | FramingFault | 'connection-fault'
  | PublishRefusal | 'qos-2' | 'subscription' | 'flood' | 'malformed' | 'no-handler' | 'handler-failed'

/** Why a message to a device was dropped. `invalid` is a defect of the gateway. */
export type UndeliveredReason = 'offline' | 'not-subscribed' | 'slow-reader' | 'invalid'

/** Where the transport counts. */
export interface TransportObserver {
  /** @param deviceId common name of the sender's certificate, null where there is none */
  rejected(reason: TransportRejection, deviceId: string | null): void
  undelivered(reason: UndeliveredReason, kind: GatewayMessageKind | 'terminalCommand', deviceId: string): void
}
