/** What must be known of a JPEG before it is decoded. */
export interface JpegHeader {
  readonly width: number
  readonly height: number
  /** 1 grey, 3 colour, 4 CMYK. */
  readonly components: number
  /** EXIF orientation 1 to 8; 1 where the file does not say. */
  readonly orientation: number
  /** Scans in the file. A decoder works through the whole picture once for each. */
  readonly scans: number
}

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const APP1 = 0xe1
const ORIENTATION_TAG = 0x0112
/** Baseline, extended sequential and progressive, all Huffman-coded: what the decoder has. */
const FRAME_MARKERS = [0xc0, 0xc1, 0xc2]
/** Other frame types (lossless, differential, arithmetic), which it has not. */
const OTHER_FRAMES = [0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]

/**
 * Reads the segments up to the first scan. Undefined where the bytes are no JPEG of 8 bits that the decoder has.
 * @see ITU-T T.81 Annex B
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== SOI) return undefined
  let orientation = 1
  let frame: { width: number; height: number; components: number } | undefined
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] as number
    if (marker === 0xff) { at += 1; continue }
    if (marker === EOI || OTHER_FRAMES.includes(marker)) return undefined
    if (marker === SOS) return frame === undefined ? undefined : { ...frame, orientation, scans: countScans(bytes, at) }
    const length = view.getUint16(at + 2)
    const end = at + 2 + length
    if (length < 2 || end > bytes.length) return undefined
    if (marker === APP1) orientation = exifOrientation(bytes.subarray(at + 4, end)) ?? orientation
    if (FRAME_MARKERS.includes(marker)) {
      if (frame !== undefined || length < 8 || bytes[at + 4] !== 8) return undefined
      frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9] as number }
      if (frame.width === 0 || frame.height === 0 || ![1, 3, 4].includes(frame.components)) return undefined
    }
    at = end
  }
  return undefined
}

/** In entropy-coded data 0xff is always followed by 0 or a restart marker, so that only real markers are counted. */
function countScans(bytes: Uint8Array, from: number): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const marker = Buffer.from([0xff, SOS])
  let scans = 0
  for (let at = buffer.indexOf(marker, from); at >= 0; at = buffer.indexOf(marker, at + 2)) scans += 1
  return scans
}

/** Orientation of the main picture from an APP1 payload, or undefined where it holds none. @see CIPA DC-008 §4.6 */
function exifOrientation(segment: Uint8Array): number | undefined {
  if (segment.length < 14 || Buffer.from(segment.subarray(0, 6)).toString('latin1') !== 'Exif\0\0') return undefined
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6)
  const byteOrder = tiff.getUint16(0)
  if (byteOrder !== 0x4949 && byteOrder !== 0x4d4d) return undefined
  const little = byteOrder === 0x4949
  const directory = tiff.getUint32(4, little)
  if (directory + 2 > tiff.byteLength) return undefined
  const entries = tiff.getUint16(directory, little)
  for (let index = 0; index < entries; index++) {
    const entry = directory + 2 + index * 12
    if (entry + 12 > tiff.byteLength) return undefined
    if (tiff.getUint16(entry, little) !== ORIENTATION_TAG) continue
    const value = tiff.getUint16(entry + 8, little)
    return value >= 1 && value <= 8 ? value : undefined
  }
  return undefined
}
