import { createHash } from 'node:crypto'

/** Everything that happened at the edges of the simulated processes, in order. */
export interface History {
  note(atMs: number, line: string): void
  /** SHA-256 over all of it: two runs with the same one were the same. */
  digest(): string
  /** The last lines, oldest first; none where they are not kept. */
  tail(): readonly string[]
}

/** @param linesKept how many of the last lines stay to be read */
export function createHistory(linesKept: number): History {
  const hash = createHash('sha256')
  let lines: string[] = []
  return {
    note(atMs, line) {
      const text = `${atMs.toFixed(3)} ${line}\n`
      hash.update(text)
      if (linesKept === 0) return
      lines.push(text.slice(0, -1))
      if (lines.length > 2 * linesKept) lines = lines.slice(-linesKept)
    },
    digest: () => hash.copy().digest('hex'),
    tail: () => lines.slice(-linesKept),
  }
}
