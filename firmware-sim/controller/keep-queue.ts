import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { CommandResultV1, DoorEventV1 } from '#contract/device-messages.js'

/** A message that the device keeps until the gateway acknowledges its `eventId`. */
export type Kept =
  | { readonly kind: 'doorEvent'; readonly payload: DoorEventV1 }
  | { readonly kind: 'commandResult'; readonly payload: CommandResultV1 }

export interface KeepQueue {
  /** Writes it to the file before it returns. Where the memory is full the oldest is given up and counted. */
  keep(message: Kept): void
  /** Forgets these; unknown ids do nothing. @returns how many it held */
  acknowledge(eventIds: readonly string[]): number
  /** Oldest first. */
  pending(): IterableIterator<Kept>
  size(): number
  /** Messages given up because the memory was full. */
  lost(): number
}

type Line = { readonly keep: Kept } | { readonly forget: readonly string[] }

/** A line cut off by a power loss ends the journal; what was before it counts. */
function readJournal(path: string): Map<string, Kept> {
  const kept = new Map<string, Kept>()
  if (!existsSync(path)) return kept
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue
    let line: Line
    try {
      line = JSON.parse(text) as Line
    } catch {
      break
    }
    if ('keep' in line) kept.set(line.keep.payload.eventId, line.keep)
    else for (const eventId of line.forget) kept.delete(eventId)
  }
  return kept
}

/** Lines after which the file is written anew. */
const COMPACT_LINES = 2_000

/**
 * The controller's flash memory: a journal of what is kept and what was acknowledged, so that a restarted process
 * still has its events. It outlives the process, not a power cut of the machine that simulates it (no fsync).
 * @param deps.sizeMax most messages held at once
 */
export function createKeepQueue(deps: { path: string; sizeMax: number }): KeepQueue {
  const kept = readJournal(deps.path)
  let lines = 0
  let lost = 0

  const compact = (): void => {
    const text = [...kept.values()].map((keep) => `${JSON.stringify({ keep } satisfies Line)}\n`).join('')
    writeFileSync(`${deps.path}.new`, text, { mode: 0o600 })
    renameSync(`${deps.path}.new`, deps.path)
    lines = 0
  }
  const append = (line: Line): void => {
    appendFileSync(deps.path, `${JSON.stringify(line)}\n`)
    if (++lines >= COMPACT_LINES + kept.size) compact()
  }
  compact()
  return {
    keep(message) {
      const oldest = kept.size >= deps.sizeMax ? kept.keys().next().value : undefined
      if (oldest !== undefined) {
        kept.delete(oldest)
        lost += 1
        append({ forget: [oldest] })
      }
      kept.set(message.payload.eventId, message)
      append({ keep: message })
    },
    acknowledge(eventIds) {
      const held = eventIds.filter((eventId) => kept.delete(eventId))
      if (held.length > 0) append({ forget: held })
      return held.length
    },
    pending: () => kept.values(),
    size: () => kept.size,
    lost: () => lost,
  }
}
