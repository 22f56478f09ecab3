import { open, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RandomSource } from '#kernel/random.js'

/** Space on the log's disk that nothing else can take: a file of its own, given up when the disk is full. */
export interface DiskReserve {
  /** Makes the file where it is not there whole. @throws what the disk throws; what was written of it is gone again */
  fill(): Promise<void>
  /** True where there was something to give up: a write that failed for want of space may succeed now. */
  release(): Promise<boolean>
  isHeld(): Promise<boolean>
  /** Bytes that this process may still write to the disk, the reserve not counted. */
  freeBytes(): Promise<number>
  readonly bytes: number
}

const BLOCK_BYTES = 1_048_576

/** A reserve of `bytes` beside the database; 0 is none. */
export function createDiskReserve(deps: { path: string; bytes: number; random: RandomSource }): DiskReserve {
  const { path, bytes } = deps
  const sizeOf = async (): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0

  return {
    bytes,
    async fill() {
      if (bytes === 0 || (await sizeOf()) === bytes) return
      // Zeros would be a hole, and a repeated block one block, on a disk that compresses within a file.
      const block = deps.random.bytes(BLOCK_BYTES)
      const file = await open(path, 'w', 0o600)
      try {
        for (let left = bytes; left > 0; left -= BLOCK_BYTES) await file.write(block, 0, Math.min(left, BLOCK_BYTES))
      } catch (error) {
        await rm(path, { force: true })
        throw error
      } finally {
        await file.close()
      }
    },
    async release() {
      if ((await sizeOf()) === 0) return false
      await rm(path, { force: true })
      return true
    },
    isHeld: async () => bytes > 0 && (await sizeOf()) === bytes,
    async freeBytes() {
      const { bavail, bsize } = await statfs(dirname(path))
      return bavail * bsize
    },
  }
}
