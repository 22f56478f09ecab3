import type { Clock } from '#kernel/clock.js'

/** Tells how far a long piece of work is: a bar on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** @param done of `total` units */
  at(done: number): void
  end(): void
}

const BAR_WIDTH = 28
const REDRAW_MS = 100
const LINE_MS = 10_000
const ERASE_LINE = '\r\u001b[2K'

export type ProgressStream = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean }

export function createProgress(deps: { out: ProgressStream; clock: Clock; what: string; total: number }): Progress {
  const { out, clock, what, total } = deps
  const live = out.isTTY === true
  const startedMs = clock.monoMs()
  let saidMs = -Infinity
  let first: number | undefined

  const text = (done: number): string => {
    const seconds = (clock.monoMs() - startedMs) / 1_000
    const fresh = done - (first ?? 0)
    const left = fresh > 0 && done < total ? `, ${Math.ceil((seconds / fresh) * (total - done))} s left` : ''
    const bar = live ? `[${'█'.repeat(Math.round((done / total) * BAR_WIDTH)).padEnd(BAR_WIDTH, '·')}] ` : ''
    return `${what} ${bar}${done}/${total}${left}`
  }
  const say = (done: number): void => {
    saidMs = clock.monoMs()
    out.write(live ? `${ERASE_LINE}${text(done)}` : `${text(done)}\n`)
  }
  let last = 0
  return {
    at(done) {
      first ??= done
      last = done
      if (clock.monoMs() - saidMs >= (live ? REDRAW_MS : LINE_MS)) say(done)
    },
    end() {
      if (last > 0) say(last)
      if (live) out.write('\n')
    },
  }
}
