import { Type, type Static, type TSchema } from 'typebox'
import { type Result, err, ok } from '#kernel/result.js'
import { schemaError } from './schema-error.js'
import { Closed, MonoMs, UuidText, WallMs } from './wire-types.js'

/** Describes one camera frame. The camera's clock is a claim: age is measured from the gateway's receipt. */
export const FrameHeaderV1 = Closed({
  v: Type.Literal(1),
  frameId: UuidText,
  bootId: UuidText,
  /** Counts frames of one boot from 1; a gap is a frame that the network or the camera dropped. */
  frameNo: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  capturedMonoMs: MonoMs,
  capturedWallMs: WallMs,
  mime: Type.Literal('image/jpeg'),
})
export type FrameHeaderV1 = Static<typeof FrameHeaderV1>

export interface FrameEnvelope<Header = FrameHeaderV1> {
  readonly header: Header
  /** The picture's bytes: a view into the message, to be copied before it is handed to another thread. */
  readonly image: Uint8Array
}

const HEADER_BYTES_MAX = 1_024

/**
 * Binary layout, since MQTT 3.1.1 has no properties: u32 big-endian length of the header, the header as UTF-8
 * JSON, the JPEG to the end of the message.
 */
export function encodeFrame(frame: FrameEnvelope<unknown>): Buffer {
  const header = Buffer.from(JSON.stringify(frame.header))
  const out = Buffer.allocUnsafe(4 + header.length + frame.image.length)
  out.writeUInt32BE(header.length, 0)
  header.copy(out, 4)
  out.set(frame.image, 4 + header.length)
  return out
}

/**
 * Refuses with a sentence that names what is wrong; never throws on any bytes.
 * @param schema of the header
 */
export function decodeFrame<Header = FrameHeaderV1>(bytes: Uint8Array, schema: TSchema = FrameHeaderV1): Result<FrameEnvelope<Header>, string> {
  if (bytes.length < 4) return err('frame: shorter than its length field')
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  if (headerLength > HEADER_BYTES_MAX) return err(`frame: header of ${headerLength} bytes, at most ${HEADER_BYTES_MAX}`)
  if (bytes.length < 4 + headerLength) return err('frame: ends inside its header')
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, 4 + headerLength)))
  } catch {
    return err('frame: header is not JSON')
  }
  const error = schemaError(schema, header)
  if (error !== undefined) return err(`frame ${error}`)
  const image = bytes.subarray(4 + headerLength)
  if (image.length === 0) return err('frame: no picture after the header')
  return ok({ header: header as Header, image })
}
