import { inflateRawSync } from 'node:zlib'
import { type Result, err, ok } from '#kernel/result.js'

/** A workbook's parts: sheets, styles, texts, a picture or two. */
const ENTRIES_MAX = 256
/** Unpacked bytes of all parts: a sheet of 30 000 rows is below 15 MB. */
const UNPACKED_BYTES_MAX = 64 * 1_048_576

const END_SIGNATURE = 0x06054b50
const ENTRY_SIGNATURE = 0x02014b50
const LOCAL_SIGNATURE = 0x04034b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
const COMMENT_BYTES_MAX = 65_535
const STORED = 0
const DEFLATED = 8

export type ZipProblem = 'not-a-zip' | 'too-large'

function findEnd(bytes: Buffer): number {
  const lowest = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES_MAX)
  for (let at = bytes.length - END_BYTES; at >= lowest; at--) if (bytes.readUInt32LE(at) === END_SIGNATURE) return at
  return -1
}

/** Bytes that the entry really unpacks to: what it says of itself may be a lie. */
function unpackedBytes(bytes: Buffer, entryAt: number, bytesMax: number): number {
  const method = bytes.readUInt16LE(entryAt + 10)
  const packed = bytes.readUInt32LE(entryAt + 20)
  const localAt = bytes.readUInt32LE(entryAt + 42)
  if (bytes.readUInt32LE(localAt) !== LOCAL_SIGNATURE) throw new RangeError('no local header')
  const dataAt = localAt + LOCAL_BYTES + bytes.readUInt16LE(localAt + 26) + bytes.readUInt16LE(localAt + 28)
  if (dataAt + packed > bytes.length) throw new RangeError('entry beyond the end')
  if (method === STORED) return packed
  if (method !== DEFLATED) throw new RangeError('unknown method')
  return inflateRawSync(bytes.subarray(dataAt, dataAt + packed), { maxOutputLength: Math.max(1, bytesMax) }).length
}

const isTooLarge = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'

/**
 * Looks whether a zip archive is one, and how much it unpacks to, before anything that trusts it reads it: each entry is
 * unpacked within what is left of the bound. Zip64 and encrypted archives are none that a spreadsheet program writes
 * at this size.
 */
export function checkZip(bytes: Buffer, unpackedMax: number = UNPACKED_BYTES_MAX): Result<void, ZipProblem> {
  try {
    const end = bytes.length < END_BYTES ? -1 : findEnd(bytes)
    if (end < 0) return err('not-a-zip')
    const entries = bytes.readUInt16LE(end + 10)
    if (entries === 0) return err('not-a-zip')
    if (entries > ENTRIES_MAX) return err('too-large')
    let at = bytes.readUInt32LE(end + 16)
    let left = unpackedMax
    for (let entry = 0; entry < entries; entry++) {
      if (bytes.readUInt32LE(at) !== ENTRY_SIGNATURE || (bytes.readUInt16LE(at + 8) & 1) === 1) return err('not-a-zip')
      left -= unpackedBytes(bytes, at, left)
      if (left < 0) return err('too-large')
      at += ENTRY_BYTES + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
    }
    return ok(undefined)
  } catch (error) {
    return err(isTooLarge(error) ? 'too-large' : 'not-a-zip')
  }
}
