import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fail } from '../errors.js'

/** A larger file is refused: the wire's own bound (`FirmwareOrderV1`). */
const FIRMWARE_BYTES_MAX = 268_435_456

export interface ReceivedFile {
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
  /** Gives it its place. */
  keep(): Promise<void>
  drop(): Promise<void>
}

/** Firmware files in a folder, each under its id. What was not received whole has no id. */
export interface FirmwareFiles {
  /** Writes the stream to disk as it comes. @throws AppError SV_HTTP_TOO_LARGE, SV_FIRMWARE_EMPTY; nothing is left of it then */
  receive(firmwareId: string, stream: Readable): Promise<ReceivedFile>
  read(firmwareId: string): Readable
  remove(firmwareId: string): Promise<void>
}

const PART = '.part'

export function createFirmwareFiles({ folder, bytesMax = FIRMWARE_BYTES_MAX }: { folder: string; bytesMax?: number }): FirmwareFiles {
  const place = (firmwareId: string): string => join(folder, firmwareId)
  let prepared: Promise<void> | undefined
  /** What an earlier life of the process did not finish goes. */
  const prepare = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(folder)) if (name.endsWith(PART)) await rm(join(folder, name), { force: true })
  }

  return {
    async receive(firmwareId, stream) {
      await (prepared ??= prepare())
      const part = `${place(firmwareId)}${PART}`
      const hash = createHash('sha256')
      const file = await open(part, 'wx', 0o600)
      let bytes = 0
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          bytes += chunk.length
          if (bytes > bytesMax) throw fail('SV_HTTP_TOO_LARGE', { bytesMax })
          hash.update(chunk)
          await file.write(chunk)
        }
        if (bytes === 0) throw fail('SV_FIRMWARE_EMPTY')
        await file.sync()
      } catch (error) {
        await file.close()
        await rm(part, { force: true })
        throw error
      }
      await file.close()
      return { bytes, sha256: hash.digest('hex'), keep: () => rename(part, place(firmwareId)), drop: () => rm(part, { force: true }) }
    },
    read: (firmwareId) => createReadStream(place(firmwareId)),
    remove: (firmwareId) => rm(place(firmwareId), { force: true }),
  }
}
