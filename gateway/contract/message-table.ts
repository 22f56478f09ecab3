import type { TSchema } from 'typebox'
import {
  FirmwareOfferV1, FirmwareStatusV1, HealthV1, ParameterResultV1, ParametersV1,
} from './device-care-messages.js'
import {
  CommandResultV1, DeviceNoticeV1, DoorCommandV1, DoorEventV1, DoorModeV1, EventAckV1, FrameResultV1, HeartbeatV1, HelloV1,
} from './device-messages.js'
import { FaceFrameHeaderV1, FaceLookV1 } from './face-messages.js'
import { FrameHeaderV1 } from './frame-envelope.js'
import { CredentialResultV1, CredentialV1 } from './reader-messages.js'
import { BillListV1, BillQuestionV1, CodeCheckV1, CodeQuestionV1, CodeStateV1, PaymentResultV1, PaymentTakenV1 } from './till-messages.js'

/**
 * `reader`: card, QR code and PIN at a gate. `till`: takes payments at the estate, far from any gate. `face-worker`: a process of
 * ours, here or on another machine of the estate, that looks at frames for the gateway.
 */
export const DEVICE_KINDS = ['camera', 'controller', 'reader', 'till', 'face-worker'] as const
export type DeviceKind = (typeof DEVICE_KINDS)[number]

/** Those with a maker's firmware and settings of their own. */
const EQUIPMENT = ['camera', 'controller', 'reader', 'till'] as const satisfies readonly DeviceKind[]

export interface MessageSpec {
  /** Last level of the topic. */
  readonly channel: string
  /** Who publishes; the other side subscribes. */
  readonly from: 'device' | 'gateway'
  /** Kinds of device that send or receive it. */
  readonly devices: readonly DeviceKind[]
  readonly qos: 0 | 1
  /** Largest payload in bytes; the gateway refuses and counts more. */
  readonly bytesMax: number
  /** Encoding: JSON text of the schema, or a frame envelope whose header has the schema. */
  readonly encoding: 'json' | 'frame'
  readonly schema: TSchema
  /** True where the device keeps the message until `eventAck` names its `eventId`, or `paymentResult` its `paymentId`. */
  readonly acknowledged: boolean
}

/**
 * The wire between devices and gateway. Access rules of the broker, the router, the simulator, README's table and
 * the golden vectors are all read from here. No message is ever retained.
 */
export const MESSAGES = {
  hello: { channel: 'hello', from: 'device', devices: DEVICE_KINDS, qos: 1, bytesMax: 4_096, encoding: 'json', schema: HelloV1, acknowledged: false },
  heartbeat: { channel: 'heartbeat', from: 'device', devices: DEVICE_KINDS, qos: 0, bytesMax: 2_048, encoding: 'json', schema: HeartbeatV1, acknowledged: false },
  cameraFrame: { channel: 'frame', from: 'device', devices: ['camera'], qos: 0, bytesMax: 1_048_576, encoding: 'frame', schema: FrameHeaderV1, acknowledged: false },
  health: { channel: 'health', from: 'device', devices: EQUIPMENT, qos: 0, bytesMax: 4_096, encoding: 'json', schema: HealthV1, acknowledged: false },
  credential: { channel: 'credential', from: 'device', devices: ['reader'], qos: 1, bytesMax: 4_096, encoding: 'json', schema: CredentialV1, acknowledged: false },
  parameterResult: {
    channel: 'parameter-result', from: 'device', devices: EQUIPMENT, qos: 1, bytesMax: 8_192, encoding: 'json', schema: ParameterResultV1, acknowledged: false,
  },
  firmwareStatus: { channel: 'firmware-status', from: 'device', devices: EQUIPMENT, qos: 1, bytesMax: 1_024, encoding: 'json', schema: FirmwareStatusV1, acknowledged: false },
  doorEvent: { channel: 'event', from: 'device', devices: ['controller'], qos: 1, bytesMax: 2_048, encoding: 'json', schema: DoorEventV1, acknowledged: true },
  commandResult: { channel: 'result', from: 'device', devices: ['controller'], qos: 1, bytesMax: 2_048, encoding: 'json', schema: CommandResultV1, acknowledged: true },
  billQuestion: { channel: 'bill-question', from: 'device', devices: ['till'], qos: 1, bytesMax: 1_024, encoding: 'json', schema: BillQuestionV1, acknowledged: false },
  codeQuestion: { channel: 'code-question', from: 'device', devices: ['till'], qos: 1, bytesMax: 1_024, encoding: 'json', schema: CodeQuestionV1, acknowledged: false },
  codeCheck: { channel: 'code-check', from: 'device', devices: ['till'], qos: 1, bytesMax: 1_024, encoding: 'json', schema: CodeCheckV1, acknowledged: false },
  paymentTaken: { channel: 'payment', from: 'device', devices: ['till'], qos: 1, bytesMax: 2_048, encoding: 'json', schema: PaymentTakenV1, acknowledged: true },
  faceLook: { channel: 'look', from: 'device', devices: ['face-worker'], qos: 0, bytesMax: 16_384, encoding: 'json', schema: FaceLookV1, acknowledged: false },
  doorCommand: { channel: 'command', from: 'gateway', devices: ['controller'], qos: 1, bytesMax: 1_024, encoding: 'json', schema: DoorCommandV1, acknowledged: false },
  doorMode: { channel: 'mode', from: 'gateway', devices: ['controller'], qos: 1, bytesMax: 1_024, encoding: 'json', schema: DoorModeV1, acknowledged: false },
  credentialResult: {
    channel: 'credential-result', from: 'gateway', devices: ['reader'], qos: 0, bytesMax: 1_024, encoding: 'json', schema: CredentialResultV1, acknowledged: false,
  },
  parameters: { channel: 'parameters', from: 'gateway', devices: EQUIPMENT, qos: 1, bytesMax: 8_192, encoding: 'json', schema: ParametersV1, acknowledged: false },
  firmwareOffer: { channel: 'firmware', from: 'gateway', devices: EQUIPMENT, qos: 1, bytesMax: 1_024, encoding: 'json', schema: FirmwareOfferV1, acknowledged: false },
  eventAck: { channel: 'ack', from: 'gateway', devices: ['controller'], qos: 1, bytesMax: 4_096, encoding: 'json', schema: EventAckV1, acknowledged: false },
  frameResult: { channel: 'shown', from: 'gateway', devices: ['camera'], qos: 0, bytesMax: 1_024, encoding: 'json', schema: FrameResultV1, acknowledged: false },
  faceFrame: {
    channel: 'look-at', from: 'gateway', devices: ['face-worker'], qos: 0, bytesMax: 1_049_600, encoding: 'frame', schema: FaceFrameHeaderV1, acknowledged: false,
  },
  billList: { channel: 'bills', from: 'gateway', devices: ['till'], qos: 1, bytesMax: 16_384, encoding: 'json', schema: BillListV1, acknowledged: false },
  codeState: { channel: 'code', from: 'gateway', devices: ['till'], qos: 1, bytesMax: 2_048, encoding: 'json', schema: CodeStateV1, acknowledged: false },
  paymentResult: { channel: 'payment-result', from: 'gateway', devices: ['till'], qos: 1, bytesMax: 1_024, encoding: 'json', schema: PaymentResultV1, acknowledged: false },
  deviceNotice: { channel: 'notice', from: 'gateway', devices: DEVICE_KINDS, qos: 0, bytesMax: 1_024, encoding: 'json', schema: DeviceNoticeV1, acknowledged: false },
} as const satisfies Record<string, MessageSpec>

export type MessageKind = keyof typeof MESSAGES
export type DeviceMessageKind = { [K in MessageKind]: (typeof MESSAGES)[K]['from'] extends 'device' ? K : never }[MessageKind]
export type GatewayMessageKind = Exclude<MessageKind, DeviceMessageKind>

export const MESSAGE_KINDS = Object.keys(MESSAGES) as MessageKind[]
