import type { Writable } from 'node:stream'
import type { Clock } from './clock.js'

/** Bytes that wait for a reader who reads too slowly; further lines are dropped and counted. */
const WAITING_BYTES_MAX = 4 * 1_048_576
/** A process that ends waits so long for its last lines to be taken. */
const CLOSE_MS_MAX = 2_000

/** Writes log lines; what `pino` calls a destination. */
export interface LineWriter {
  /** Never waits and never throws: once nobody reads any more, lines are dropped. */
  write(line: string): void
  /** Resolves when all lines were taken, when nobody reads, or after two seconds: then the process may end. */
  close(): Promise<void>
}

/**
 * Lines to standard output without waiting for whoever reads them: a reader that stalls must not stop a door, one that has gone
 * must not keep the process from ending. (pino's own destination, sonic-boom 4.2, tries a broken pipe for ever at the end of
 * a process, and its memory grows with what nobody takes.)
 * @param deps.stream a pipe, socket, file or terminal, such as `process.stdout`; it gets an error listener
 * @param deps.lost line to write, once there is room, for so many that were dropped
 */
export function createLineWriter(deps: { stream: Writable; clock: Clock; lost: (count: number) => string }): LineWriter {
  const { stream, clock, lost } = deps
  let dropped = 0
  let isGone = false
  stream.on('error', () => (isGone = true))

  return {
    write(line) {
      if (isGone) return
      if (stream.writableLength + line.length > WAITING_BYTES_MAX) {
        dropped += 1
        return
      }
      if (dropped > 0) stream.write(lost(dropped))
      dropped = 0
      stream.write(line)
    },
    close: () => new Promise((resolve) => {
      if (isGone) return resolve()
      const cancel = clock.after(CLOSE_MS_MAX, resolve)
      stream.write(dropped > 0 ? lost(dropped) : '', () => {
        cancel()
        resolve()
      })
    }),
  }
}

/**
 * The log of this process on its standard output, one for the whole process.
 * @param warn how a warning's level is written in its lines
 */
export const standardOutput = (clock: Clock, warn: string | number): LineWriter => createLineWriter({
  stream: process.stdout, clock,
  lost: (count) => `${JSON.stringify({ level: warn, time: clock.wallMs(), count, msg: 'log lines were dropped: nobody took them' })}\n`,
})
