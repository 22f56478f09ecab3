import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Look } from './look.js'

/** Looks that were taken before, by the SHA-256 of the picture's bytes. One process writes a file at a time. */
export interface LookCache {
  get(imageSha256: string): Look | undefined
  put(imageSha256: string, look: Look): void
  readonly size: number
}

/** Looks are appended at once, so that a run that was broken off goes on where it stopped. Embeddings are exact. */
export function openLookCache(path: string): LookCache {
  mkdirSync(dirname(path), { recursive: true })
  const looks = new Map<string, Look>()
  for (const line of wholeLines(path)) {
    const { image, embedding, ...rest } = JSON.parse(line) as Omit<Look, 'embedding'> & { image: string; embedding: string | null }
    looks.set(image, { ...rest, embedding: embedding === null ? null : floats(embedding) })
  }
  return {
    get: (image) => looks.get(image),
    put(image, look) {
      looks.set(image, look)
      appendFileSync(path, `${JSON.stringify({ image, ...look, embedding: look.embedding === null ? null : base64(look.embedding) })}\n`)
    },
    get size() {
      return looks.size
    },
  }
}

/** Lines of the file; what follows the last line break was cut off while it was written, and is removed. */
function wholeLines(path: string): string[] {
  if (!existsSync(path)) return []
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(0x0a) + 1
  if (end < bytes.length) truncateSync(path, end)
  return bytes.toString('utf8', 0, end).split('\n').filter((line) => line !== '')
}

const base64 = (embedding: Float32Array): string => Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString('base64')

/** Copied: Node may give out memory that no Float32Array can start in. */
function floats(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer)
}
