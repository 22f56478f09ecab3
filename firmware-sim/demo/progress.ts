import type { Clock } from '#kernel/clock.js'

/** What the person at the terminal sees. */
export interface Progress {
  /** Runs one step and says how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>
  /** Takes the place of a live line. */
  line(text: string): void
  /** A line that the next one of its kind replaces on a terminal. */
  live(text: string): void
  /** Lets the live line stand. */
  settle(): void
}

const ERASE_LINE = '\r\u001b[2K'

export function createProgress(deps: { out: NodeJS.WriteStream; clock: Clock }): Progress {
  const { out, clock } = deps
  let isLive = false
  const settle = (): void => {
    if (isLive) out.write('\n')
    isLive = false
  }
  const line = (text: string): void => {
    out.write(`${isLive ? ERASE_LINE : ''}${text}\n`)
    isLive = false
  }
  const live = (text: string): void => {
    if (!out.isTTY) return void out.write(`${text}\n`)
    out.write(`${ERASE_LINE}${text.slice(0, Math.max(20, (out.columns ?? 80) - 1))}`)
    isLive = true
  }
  return {
    line, live, settle,
    async step(what, work) {
      const startedMs = clock.monoMs()
      if (out.isTTY) live(`  ${what} …`)
      const result = await work()
      line(`  ${what} (${((clock.monoMs() - startedMs) / 1_000).toFixed(1)} s)`)
      return result
    },
  }
}
