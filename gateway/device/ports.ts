import type { Payloads } from '#contract/codec.js'
import type { DeviceKind, DeviceMessageKind, GatewayMessageKind } from '#contract/message-table.js'
import type { DeviceAddress } from '#contract/topics.js'
import type { Result } from '#kernel/result.js'
import type { TerminalChannel } from './oem/oem-topics.js'

/**
 * What is done with each decoded message. The router calls one handler with a valid payload of the sender that the
 * address names. A rejection means that nothing was stored and nothing acknowledged: the router counts and logs it,
 * and the device sends again.
 */
export type DeviceHandlers = {
  [K in DeviceMessageKind]?: (address: DeviceAddress, payload: Payloads[K]) => Promise<void> | void
}

/** The way to devices. A message to a device that is not connected is dropped: nothing is queued or retained. */
export interface DevicePublisher {
  publish<K extends GatewayMessageKind>(kind: K, address: DeviceAddress, payload: Payloads[K]): void
}

export type AdmissionRefusal = 'unknown-device' | 'wrong-certificate' | 'revoked'

/** Whom the broker lets in. */
export interface DeviceAdmission {
  /**
   * @param deviceId the certificate's common name, which the client id must equal
   * @param fingerprint SHA-256 of the certificate in DER, hex
   */
  admit(deviceId: string, fingerprint: string): Result<DeviceKind, AdmissionRefusal>
  /** As `admit`, for a device whose certificate another broker has verified, and showed nobody. */
  admitVouched(deviceId: string): Result<DeviceKind, AdmissionRefusal>
}

/** The broker tells of every connection that was admitted, and of its end. */
export interface DeviceConnections {
  connected(address: DeviceAddress): void
  disconnected(address: DeviceAddress): void
}

export type TerminalRefusal = AdmissionRefusal | 'wrong-password' | 'slow-down'

/** What a terminal without a certificate shows, and from where. */
export interface TerminalLogin {
  readonly terminalId: string
  readonly userName: string
  readonly password: string
  readonly address: string
}

/** Whom of the face terminals of other makers the broker lets in. */
export interface TerminalAdmission {
  /** True where a terminal of this id was ever registered, revoked or not. */
  knows(terminalId: string): boolean
  admitCertificate(terminalId: string, fingerprint: string): Result<void, TerminalRefusal>
  admitLogin(login: TerminalLogin): Promise<Result<void, TerminalRefusal>>
  /** False once it was revoked. */
  isAdmitted(terminalId: string): boolean
}

/** The gateway's side of face terminals of other makers: their messages in their own format. */
export interface TerminalSide {
  readonly admission: TerminalAdmission
  connected(terminalId: string): void
  disconnected(terminalId: string): void
  /** One message that this terminal may send. The promise, if any, never rejects. */
  message(terminalId: string, channel: TerminalChannel, payload: Uint8Array): Promise<void> | undefined
}

export interface TerminalPublisher {
  /** False where it was dropped: the terminal is away, has not subscribed, or reads too slowly. */
  publish(terminalId: string, payload: object): boolean
}
