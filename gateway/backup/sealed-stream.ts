import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import type { Static } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { Base64Text, Closed, ShortText, Slug, UuidText, WallMs } from '#contract/wire-types.js'
import type { RandomSource } from '#kernel/random.js'
import { gatewayError } from '../errors.js'

/**
 * A stream sealed under a passphrase: `JMBACKUP1`, a line of JSON that says what it is (in clear), then frames of
 * AES-256-GCM, each its length in 4 bytes, ciphertext, tag. A frame's nonce is its number; the header and whether it is
 * the last are authenticated with it. So a changed, moved, missing or cut-off frame is refused, and the end is proven.
 */
const MAGIC = 'JMBACKUP1\n'
const FRAME_BYTES = 1_048_576
const TAG_BYTES = 16
const HEADER_BYTES_MAX = 4_096
/** About half a second and 128 MiB for one guess. */
const SCRYPT = { N: 131_072, r: 8, p: 1, maxmem: 268_435_456 } as const

const BackupHeader = Closed({ gatewayId: UuidText, estateId: Slug, takenAtMs: WallMs, version: ShortText, salt: Base64Text(32) })
export type BackupHeader = Static<typeof BackupHeader>

const keyOf = (passphrase: string, salt: string): Promise<Buffer> => new Promise((resolve, reject) => {
  scrypt(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64'), 32, SCRYPT, (error, key) => (error === null ? resolve(key) : reject(error)))
})

function nonceOf(frame: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(frame), 4)
  return nonce
}
const placeOf = (header: string, last: boolean): Buffer => Buffer.from(`${last ? 'last' : 'more'}\n${header}`)

/** @param plain in parts of any size */
export async function* sealStream(
  about: Omit<BackupHeader, 'salt'>, passphrase: string, plain: AsyncIterable<Uint8Array>, random: RandomSource,
): AsyncGenerator<Buffer> {
  const header = JSON.stringify({ ...about, salt: Buffer.from(random.bytes(16)).toString('base64') } satisfies BackupHeader)
  const key = await keyOf(passphrase, (JSON.parse(header) as BackupHeader).salt)
  yield Buffer.from(`${MAGIC}${header}\n`)
  let frame = 0
  const seal = (part: Buffer, last: boolean): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(frame++)).setAAD(placeOf(header, last))
    const sealed = Buffer.concat([cipher.update(part), cipher.final(), cipher.getAuthTag()])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(sealed.length)
    return Buffer.concat([length, sealed])
  }
  let waiting: Buffer[] = []
  let bytes = 0
  for await (const part of plain) {
    waiting.push(Buffer.from(part))
    bytes += part.length
    if (bytes < FRAME_BYTES) continue
    let all = Buffer.concat(waiting)
    for (; all.length >= FRAME_BYTES; all = all.subarray(FRAME_BYTES)) yield seal(all.subarray(0, FRAME_BYTES), false)
    waiting = [all]
    bytes = all.length
  }
  yield seal(Buffer.concat(waiting), true)
}

/** Hands out what was asked for, from parts of any size. */
function createReader(sealed: AsyncIterable<Uint8Array>) {
  const parts = sealed[Symbol.asyncIterator]()
  let held = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await parts.next()
    if (next.done !== true) held = Buffer.concat([held, next.value])
    return next.done !== true
  }
  return {
    async take(bytes: number): Promise<Buffer | undefined> {
      while (held.length < bytes) if (!await more()) return undefined
      const taken = held.subarray(0, bytes)
      held = held.subarray(bytes)
      return taken
    },
    async line(bytesMax: number): Promise<string | undefined> {
      while (!held.includes(10) && held.length <= bytesMax) if (!await more()) return undefined
      const end = held.indexOf(10)
      if (end === -1) return undefined
      const text = held.toString('utf8', 0, end)
      held = held.subarray(end + 1)
      return text
    },
    ended: async (): Promise<boolean> => held.length === 0 && !await more(),
  }
}

const damaged = (problem: string, cause?: unknown) => gatewayError('GW_BACKUP_DAMAGED', { problem }, cause)

function proven(open: () => Buffer, frame: number): Buffer {
  try {
    return open()
  } catch (cause) {
    if (frame > 0) throw damaged('a part of it was changed', cause)
    throw gatewayError('GW_BACKUP_PASSPHRASE', { problem: 'does not open this backup, or its beginning is damaged' }, cause)
  }
}

function headerOf(text: string): BackupHeader {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch (cause) {
    throw damaged('its header is not readable', cause)
  }
  const problem = schemaError(BackupHeader, header)
  if (problem !== undefined) throw damaged(`its header is not readable: ${problem}`)
  return header as BackupHeader
}

/**
 * The header, and the parts behind it as they are opened. Nothing of a part comes out before it is proven; that the whole
 * is there is known only when the stream has ended well.
 * @throws GW_BACKUP_DAMAGED, GW_BACKUP_PASSPHRASE; the parts throw them too
 */
export async function openStream(sealed: AsyncIterable<Uint8Array>, passphrase: string): Promise<{ header: BackupHeader; plain: AsyncGenerator<Buffer> }> {
  const reader = createReader(sealed)
  if ((await reader.take(MAGIC.length))?.toString() !== MAGIC) throw damaged('this is no backup of a gateway')
  const text = await reader.line(HEADER_BYTES_MAX)
  if (text === undefined) throw damaged('it has no header')
  const header = headerOf(text)
  const key = await keyOf(passphrase, header.salt)
  const open = (sealedPart: Buffer, frame: number, last: boolean): Buffer => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(frame), { authTagLength: TAG_BYTES })
    decipher.setAAD(placeOf(text, last)).setAuthTag(sealedPart.subarray(sealedPart.length - TAG_BYTES))
    return Buffer.concat([decipher.update(sealedPart.subarray(0, sealedPart.length - TAG_BYTES)), decipher.final()])
  }
  async function* parts(): AsyncGenerator<Buffer> {
    for (let frame = 0; ; frame += 1) {
      const length = (await reader.take(4))?.readUInt32BE(0)
      if (length === undefined) throw damaged('it ends too early')
      if (length < TAG_BYTES || length > FRAME_BYTES + TAG_BYTES) throw damaged('a part of it has an impossible length')
      const part = await reader.take(length)
      if (part === undefined) throw damaged('it ends too early')
      const last = await reader.ended()
      yield proven(() => open(part, frame, last), frame)
      if (last) return
    }
  }
  return { header, plain: parts() }
}
