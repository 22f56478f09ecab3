import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { failSim } from '../errors.js'

/** How a process ended: `clean` is exit code 0, or the end by SIGTERM of one that was not ready to listen to it yet. */
export interface PartEnd {
  readonly clean: boolean
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of the demo. It writes JSON lines, says `ready` once, and ends by SIGTERM. */
export interface Part {
  readonly name: string
  readonly pid: number
  /** Fields of its ready line. @throws AppError SIM_DEMO_PART where it ends before, or takes too long */
  ready(timeoutMs: number): Promise<Readonly<Record<string, unknown>>>
  /** Resolves once, however it ends. */
  readonly ended: Promise<PartEnd>
  /** Asks it to end; where it does not within `graceMs` it is killed, and that is not clean. */
  stop(graceMs: number): Promise<PartEnd>
  /** The end of its log. */
  lastLines(): readonly string[]
  /** The last line of its standard output that is a JSON object without a log message. */
  result(): Readonly<Record<string, unknown>> | undefined
}

const LINES_KEPT = 20

function jsonObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

interface Heard {
  readonly last: string[]
  /** Ends the log file; resolves once all that was said stands in it. */
  close(): Promise<void>
}

/** Everything it says goes to the log file; the last lines are remembered. */
function listen(child: ChildProcess, logFile: string, onLine: (line: string) => void): Heard {
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 })
  const last: string[] = []
  const take = (isOutput: boolean) => (line: string): void => {
    log.write(`${line}\n`)
    if (last.push(line) > LINES_KEPT) last.shift()
    if (isOutput) onLine(line)
  }
  createInterface({ input: child.stdout as Readable }).on('line', take(true))
  createInterface({ input: child.stderr as Readable }).on('line', take(false))
  return { last, close: () => new Promise((resolve) => void log.end(resolve)) }
}

/** Starts `node ...args` in a process group of its own, so that Ctrl-C reaches it through us alone and in order. */
export function startPart(name: string, args: readonly string[], logFile: string): Part {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let readyLine: Record<string, unknown> | undefined
  let result: Record<string, unknown> | undefined
  let announce: () => void = () => undefined
  const { last, close } = listen(child, logFile, (line) => {
    const object = jsonObject(line)
    if (object?.['msg'] === 'ready') {
      readyLine ??= object
      announce()
    } else if (object !== undefined && !('msg' in object)) result = object
  })
  let isStopping = false
  const ended = new Promise<PartEnd>((resolve) => {
    child.once('error', (error) => {
      last.push(error.message)
      resolve({ clean: false, code: null, signal: null })
    })
    child.once('close', (code, signal) => {
      const end = { clean: code === 0 || (readyLine === undefined && signal === 'SIGTERM'), code, signal }
      void close().then(() => resolve(end))
    })
  })
  const failed = (what: string, end?: PartEnd) =>
    failSim('SIM_DEMO_PART', { part: name, what, ...end, log: logFile, lastLines: last })
  return {
    name, pid: child.pid ?? 0, ended,
    lastLines: () => last,
    result: () => result,
    async ready(timeoutMs) {
      let timer: NodeJS.Timeout | undefined
      const line = new Promise<void>((resolve) => {
        announce = resolve
        if (readyLine !== undefined) resolve()
      })
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(failed(`not ready after ${timeoutMs / 1_000} s`)), timeoutMs)
      })
      const early = ended.then((end) => Promise.reject(failed('ended before it was ready', end)))
      await Promise.race([line, late, early]).finally(() => clearTimeout(timer))
      return readyLine ?? {}
    },
    async stop(graceMs) {
      if (!isStopping) child.kill('SIGTERM')
      isStopping = true
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      return ended.finally(() => clearTimeout(timer))
    },
  }
}
