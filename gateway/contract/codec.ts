import type { TSchema } from 'typebox'
import { type Result, err, ok } from '#kernel/result.js'
import type { FirmwareOfferV1, FirmwareStatusV1, HealthV1, ParameterResultV1, ParametersV1 } from './device-care-messages.js'
import type {
  CommandResultV1, DeviceNoticeV1, DoorCommandV1, DoorEventV1, DoorModeV1, EventAckV1, FrameResultV1, HeartbeatV1, HelloV1,
} from './device-messages.js'
import type { FaceFrameHeaderV1, FaceLookV1 } from './face-messages.js'
import { type FrameEnvelope, decodeFrame, encodeFrame } from './frame-envelope.js'
import { MESSAGES, MESSAGE_KINDS, type MessageKind } from './message-table.js'
import type { CredentialResultV1, CredentialV1 } from './reader-messages.js'
import { checkOf, schemaError } from './schema-error.js'
import type { BillListV1, BillQuestionV1, CodeCheckV1, CodeQuestionV1, CodeStateV1, PaymentResultV1, PaymentTakenV1 } from './till-messages.js'

export { schemaError } from './schema-error.js'

/** The decoded form of each message kind. */
export interface Payloads {
  hello: HelloV1
  heartbeat: HeartbeatV1
  cameraFrame: FrameEnvelope
  doorEvent: DoorEventV1
  commandResult: CommandResultV1
  doorCommand: DoorCommandV1
  eventAck: EventAckV1
  frameResult: FrameResultV1
  deviceNotice: DeviceNoticeV1
  health: HealthV1
  credential: CredentialV1
  parameterResult: ParameterResultV1
  firmwareStatus: FirmwareStatusV1
  doorMode: DoorModeV1
  credentialResult: CredentialResultV1
  parameters: ParametersV1
  firmwareOffer: FirmwareOfferV1
  billQuestion: BillQuestionV1
  billList: BillListV1
  codeQuestion: CodeQuestionV1
  codeCheck: CodeCheckV1
  codeState: CodeStateV1
  paymentTaken: PaymentTakenV1
  paymentResult: PaymentResultV1
  faceFrame: FrameEnvelope<FaceFrameHeaderV1>
  faceLook: FaceLookV1
}

/** Parses JSON text and validates it. The error is one sentence naming the field. */
export function parseJson<T>(schema: TSchema, text: string): Result<T, string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err('(root): not JSON')
  }
  const error = schemaError(schema, value)
  return error === undefined ? ok(value as T) : err(error)
}

/** Payload bytes of a message. @throws RangeError where the content breaks the schema or the size limit */
export function encodeMessage<Kind extends MessageKind>(kind: Kind, payload: Payloads[Kind]): Buffer {
  const spec = MESSAGES[kind]
  const checked = spec.encoding === 'frame' ? (payload as FrameEnvelope<unknown>).header : payload
  const error = schemaError(spec.schema, checked)
  if (error !== undefined) throw new RangeError(`${kind}${error}`)
  const bytes = spec.encoding === 'frame' ? encodeFrame(payload as FrameEnvelope<unknown>) : Buffer.from(JSON.stringify(payload))
  if (bytes.length > spec.bytesMax) throw new RangeError(`${kind}: ${bytes.length} bytes, at most ${spec.bytesMax}`)
  return bytes
}

/** Content of a message, or what is wrong with it. Never throws on any bytes. */
export function decodeMessage<Kind extends MessageKind>(kind: Kind, bytes: Uint8Array): Result<Payloads[Kind], string> {
  const spec = MESSAGES[kind]
  if (bytes.length > spec.bytesMax) return err(`(root): ${bytes.length} bytes, at most ${spec.bytesMax}`)
  if (spec.encoding === 'frame') return decodeFrame(bytes, spec.schema) as Result<Payloads[Kind], string>
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return err('(root): not UTF-8')
  }
  return parseJson<Payloads[Kind]>(spec.schema, text)
}

/** Compiles every schema now, so that the first message of a kind is not the slow one. */
export function warmCodec(): void {
  for (const kind of MESSAGE_KINDS) checkOf(MESSAGES[kind].schema)
}
