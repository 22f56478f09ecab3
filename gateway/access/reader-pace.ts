import type { Clock } from '#kernel/clock.js'

/** Presentations of one reader that are looked at: a person presents one in some seconds, a queue one a second. */
const PER_SECOND = 4
const BURST = 10
const READERS_MAX = 1_000

/** True where this reader's presentation is looked at; a reader that floods is not, and costs nothing else. */
export function createReaderPace({ clock }: { clock: Clock }): (readerId: string) => boolean {
  const readers = new Map<string, { left: number; atMs: number }>()
  return (readerId) => {
    const nowMs = clock.monoMs()
    const before = readers.get(readerId) ?? { left: BURST, atMs: nowMs }
    const left = Math.min(BURST, before.left + ((nowMs - before.atMs) / 1_000) * PER_SECOND)
    readers.delete(readerId)
    if (readers.size >= READERS_MAX) for (const oldest of [...readers.keys()].slice(0, 1)) readers.delete(oldest)
    readers.set(readerId, { left: left >= 1 ? left - 1 : left, atMs: nowMs })
    return left >= 1
  }
}
