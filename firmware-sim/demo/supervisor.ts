import { readFileSync } from 'node:fs'
import { failSim } from '../errors.js'
import { readJsonFile, writeJsonFile } from './json-file.js'
import { type Part, type PartEnd, startPart } from './part.js'

/** The demo's processes in the order in which they were started. */
export interface Supervisor {
  /** Starts `node ...args` and waits for its ready line. @throws AppError SIM_DEMO_PART */
  start(name: string, args: readonly string[]): Promise<StartedPart>
  /** Rejects with SIM_DEMO_PART as soon as a part ends that nobody stopped; never resolves. */
  readonly failure: Promise<never>
  stop(part: Part): Promise<PartEnd>
  /**
   * Stops every part that still runs, the latest first; nothing can be started any more.
   * @returns false where one did not end cleanly
   */
  stopAll(): Promise<boolean>
  /** Kills what still runs, at once. */
  killAll(): void
  parts(): readonly Part[]
}

export interface StartedPart {
  readonly part: Part
  readonly ready: Readonly<Record<string, unknown>>
}

const READY_MS = 180_000
const GRACE_MS = 30_000
const LOOK_MS = 200

interface RunningFile {
  /** The demo's own process. */
  readonly owner: number
  readonly running: ReadonlyArray<{ readonly pid: number; readonly name: string }>
}

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** What an earlier run noted; nothing where it cannot be read: it helps, and is not needed. */
function noted(pidFile: string): RunningFile {
  const nothing = { owner: process.pid, running: [] }
  try {
    return { ...nothing, ...readJsonFile<RunningFile>(pidFile) }
  } catch {
    return nothing
  }
}

/** Compiled entry of the demo, as it stands in command lines. */
const DEMO_ENTRY = 'firmware-sim/demo/main'

/** Whether the process is a demo, or npm's shell around one. */
export const isOfDemo = (pid: number): boolean => commandLine(pid).includes(DEMO_ENTRY)

/**
 * Ends the processes that an earlier run left behind when it was killed. Only those are touched whose command line
 * still names this data folder.
 * @returns how many there were
 * @throws AppError SIM_DEMO_DATA where that run has not ended
 */
export async function endLeftovers(pidFile: string, dataDir: string, pause: (ms: number) => Promise<void>): Promise<number> {
  const { owner, running } = noted(pidFile)
  if (owner !== process.pid && isOfDemo(owner)) {
    throw failSim('SIM_DEMO_DATA', { folder: dataDir, reason: `a demo runs on it, process ${owner}; end that first, or --data DIR takes another` })
  }
  const isOurs = (pid: number): boolean => commandLine(pid).includes(dataDir)
  const left = running.map(({ pid }) => pid).filter(isOurs).reverse()
  for (const pid of left) process.kill(pid, 'SIGTERM')
  for (let waitedMs = 0; left.some(isOurs) && waitedMs < GRACE_MS; waitedMs += LOOK_MS) await pause(LOOK_MS)
  for (const pid of left) if (isOurs(pid)) process.kill(pid, 'SIGKILL')
  return left.length
}

/** @param deps.pidFile remembers what runs, for the case that this process is killed (see `endLeftovers`) */
export function createSupervisor(deps: { pidFile: string; logDir: string }): Supervisor {
  const parts: Part[] = []
  const running = new Set<Part>()
  const stopping = new Set<Part>()
  let isClosing = false
  let reportFailure: (error: Error) => void = () => undefined
  const failure = new Promise<never>((_, reject) => (reportFailure = reject))
  failure.catch(() => undefined)

  const remember = (): void =>
    writeJsonFile(deps.pidFile, {
      owner: process.pid, running: [...running].map(({ pid, name }) => ({ pid, name })),
    } satisfies RunningFile)
  const stop = (part: Part): Promise<PartEnd> => {
    stopping.add(part)
    return part.stop(GRACE_MS)
  }
  return {
    failure, stop,
    parts: () => parts,
    async start(name, args) {
      if (isClosing) throw failSim('SIM_DEMO_PART', { part: name, what: 'not started: everything stops' })
      const log = `${deps.logDir}/${name}.log`
      const part = startPart(name, args, log)
      parts.push(part)
      running.add(part)
      remember()
      void part.ended.then((end) => {
        running.delete(part)
        remember()
        const details = { part: name, what: 'ended by itself', ...end, log, lastLines: part.lastLines() }
        if (!stopping.has(part)) reportFailure(failSim('SIM_DEMO_PART', details))
      })
      return { part, ready: await part.ready(READY_MS) }
    },
    async stopAll() {
      isClosing = true
      let isClean = true
      for (const part of [...parts].reverse()) isClean = (await stop(part)).clean && isClean
      return isClean
    },
    killAll() {
      for (const part of running) process.kill(part.pid, 'SIGKILL')
    },
  }
}
