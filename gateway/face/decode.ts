import jpeg from '@julusian/jpeg-turbo'
import { LIMITS } from '#kernel/limits.js'
import { err, ok, type Result } from '#kernel/result.js'
import { readJpegHeader, type JpegHeader } from './jpeg-header.js'
import { upright } from './orientation.js'
import type { Picture } from './picture.js'

/** A camera frame may be 4096×2160; more is refused from the header. It bounds the memory that a worker keeps. */
const FRAME_PIXELS_MAX = 4_096 * 2_160
/** Progressive files have about ten. Hundreds would keep the decoder busy for minutes with a small file. */
const SCANS_MAX = 32

/**
 * The only way from bytes to pixels. Frames and enrolment photos in JPEG go through the same decoder, since another one
 * moves the embedding (cosine 0.9996) and the liveness score. Refusals are one sentence.
 */
export interface Decoder {
  /** A camera's JPEG. The picture's memory is reused by the next frame. */
  frame(bytes: Uint8Array): Result<Picture, string>
  /** An enrolment photo: JPEG, PNG or WebP of up to `LIMITS.imagePixelsMax`. */
  photo(bytes: Uint8Array): Promise<Result<Picture, string>>
}

/** @returns a decoder with memory of its own, for one job at a time */
export function createDecoder(): Decoder {
  let kept: Buffer = Buffer.alloc(0)
  const frameMemory = (bytes: number): Buffer => {
    if (kept.length < bytes) kept = Buffer.allocUnsafeSlow(bytes)
    return kept
  }
  return {
    frame(bytes) {
      const header = checkedHeader(bytes, FRAME_PIXELS_MAX)
      if (!header.ok) return header
      if (header.value.components === 4) return err('a CMYK JPEG, which no camera sends')
      return decodeJpeg(bytes, header.value, frameMemory)
    },
    async photo(bytes) {
      if (kindOf(bytes) !== 'jpeg') return convert(bytes)
      const header = checkedHeader(bytes, LIMITS.imagePixelsMax)
      if (!header.ok) return header
      if (header.value.components === 4) return convert(bytes)
      return decodeJpeg(bytes, header.value, (length) => Buffer.allocUnsafeSlow(length))
    },
  }
}

function checkedHeader(bytes: Uint8Array, pixelsMax: number): Result<JpegHeader, string> {
  const header = readJpegHeader(bytes)
  if (header === undefined) return err('not a JPEG')
  const { width, height, scans } = header
  if (width * height > pixelsMax) return err(`${width}×${height} pixels, at most ${pixelsMax}`)
  if (scans > SCANS_MAX) return err(`${scans} scans, at most ${SCANS_MAX}`)
  return ok(header)
}

function decodeJpeg(bytes: Uint8Array, header: JpegHeader, memory: (length: number) => Buffer): Result<Picture, string> {
  const { width, height, orientation } = header
  // One byte more than there are: the last pixel can be read as a word.
  const out = memory(width * height * 3 + 1)
  try {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const { width: decodedWidth, height: decodedHeight } = jpeg.decompressSync(view, out, { format: jpeg.FORMAT_RGB })
    if (decodedWidth !== width || decodedHeight !== height) return err('a JPEG with two sizes')
  } catch {
    return err('a damaged JPEG')
  }
  return ok(upright({ data: out.subarray(0, width * height * 3), width, height }, orientation))
}

function kindOf(bytes: Uint8Array): 'jpeg' | 'png' | 'webp' | undefined {
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1')
  if (text(0, 3) === '\xff\xd8\xff') return 'jpeg'
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png'
  return text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP' ? 'webp' : undefined
}

/** Formats that the JPEG decoder has not. Loaded at first use: gates never need it. */
async function convert(bytes: Uint8Array): Promise<Result<Picture, string>> {
  if (kindOf(bytes) === undefined) return err('neither JPEG nor PNG nor WebP')
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  // The limit is checked here, from the header, so that the refusal can name it.
  const open = () => sharp(bytes, { limitInputPixels: false, failOn: 'error' })
  try {
    const { width, height } = await open().metadata()
    if (width * height > LIMITS.imagePixelsMax) return err(`${width}×${height} pixels, at most ${LIMITS.imagePixelsMax}`)
    const { data, info } = await open().autoOrient().flatten({ background: '#808080' }).toColourspace('srgb').raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return info.channels === 3 ? ok({ data, width: info.width, height: info.height }) : err(`a picture of ${info.channels} channels`)
  } catch {
    return err('a damaged picture')
  }
}
