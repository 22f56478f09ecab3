import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { compiled } from '../../support/compiled.js'
import { until } from './gateway-rig.js'

export interface SimLine extends Readonly<Record<string, unknown>> {
  readonly msg?: string
  readonly device?: string
  /** The simulator's own clock, Unix milliseconds: between two lines of it nothing waits for a busy machine. */
  readonly time?: number
  /** The test's monotonic clock when the line was read. */
  readonly atMs: number
}

/** The simulator's process, taking orders on its standard input. */
export interface SimProcess {
  readonly lines: readonly SimLine[]
  /** Hands one order over; returns the test's monotonic clock at that moment. */
  order(line: string): number
  /** The first line after `sinceMs` that fits. */
  line(fits: (line: SimLine) => boolean, what: string, sinceMs?: number, msMax?: number): Promise<SimLine>
  stop(): Promise<void>
}

export function startSim(args: readonly string[]): SimProcess {
  const child = spawn(process.execPath, [compiled('firmware-sim/main.js'), '--stdin', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: SimLine[] = []
  createInterface({ input: child.stdout }).on('line', (text) => {
    const parsed: unknown = text.startsWith('{') ? JSON.parse(text) : { msg: text }
    lines.push({ ...(parsed as object), atMs: performance.now() })
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  return {
    lines,
    order(line) {
      child.stdin.write(`${line}\n`)
      return performance.now()
    },
    async line(fits, what, sinceMs = 0, msMax = 20_000) {
      const found = (): SimLine | undefined => lines.find((line) => line.atMs >= sinceMs && fits(line))
      await until(() => found() !== undefined, what, msMax)
      return found() as SimLine
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
