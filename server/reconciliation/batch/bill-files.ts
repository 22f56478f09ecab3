import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { IdSource } from '#kernel/ids.js'
import { fail } from '../../errors.js'

/** A bill of a million rows is 300 MB. */
const FILE_BYTES_MAX = 536_870_912
/** Written at a time: each write of its own costs more than the copying. */
const WRITE_BYTES = 1_048_576
const EXTENSION = /\.(csv|csv\.gz|gz|csv\.zip|zip|txt)$/i

export interface KeptFile {
  readonly name: string
  /** SHA-256 in hex. */
  readonly sha256: string
  readonly bytes: number
}

/** Where bills are kept as they came. */
export interface BillFiles {
  /** @param like name that says what kind of file it is. @throws AppError SV_HTTP_TOO_LARGE */
  keep(bytes: AsyncIterable<Uint8Array>, like: string): Promise<KeptFile>
  pathOf(file: Pick<KeptFile, 'sha256'> & { readonly name: string }): string
  open(file: Pick<KeptFile, 'sha256'> & { readonly name: string }): NodeJS.ReadableStream
}

/** The name under which a file may be kept and shown: no folder, no control characters. */
export const plainName = (name: string): string => (name.split(/[\\/]/).at(-1) ?? '').replace(/[\u0000-\u001f\u007f]/g, '').slice(-120) || 'bill.csv'

/** Files lie under their own hash: the same file is kept once, and what is kept cannot change unseen. */
export function createBillFiles(deps: { readonly folder: string; readonly ids: IdSource }): BillFiles {
  const { folder, ids } = deps
  const extensionOf = (name: string): string => EXTENSION.exec(name)?.[0].toLowerCase() ?? '.csv'
  const pathOf: BillFiles['pathOf'] = ({ sha256, name }) => join(folder, `${sha256}${extensionOf(name)}`)
  return {
    pathOf,
    open: (file) => createReadStream(pathOf(file)),
    async keep(source, like) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const part = join(folder, `${ids.uuid()}.part`)
      const hash = createHash('sha256')
      let bytes = 0
      const measured = new Transform({
        highWaterMark: WRITE_BYTES,
        transform(chunk: Buffer, _encoding, done) {
          bytes += chunk.length
          hash.update(chunk)
          if (bytes > FILE_BYTES_MAX) done(fail('SV_HTTP_TOO_LARGE', { bytesMax: FILE_BYTES_MAX }))
          else done(null, chunk)
        },
      })
      try {
        await pipeline(source, measured, createWriteStream(part, { mode: 0o600, flush: true, highWaterMark: WRITE_BYTES }))
        const kept = { name: plainName(like), sha256: hash.digest('hex'), bytes }
        await rename(part, pathOf(kept))
        return kept
      } catch (error) {
        await rm(part, { force: true })
        throw error
      }
    },
  }
}
