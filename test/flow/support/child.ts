import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compiled } from '../../support/compiled.js'

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string }

/** On a machine that others keep busy a process takes long to start. */
const START_MS_MAX = 180_000

/** A process of ours under test: its log lines as they come, and its end. */
export interface Child {
  readonly pid: number
  readonly lines: readonly LogLine[]
  /** First line, past or future, with this message. Rejects with the log's end where the process ends before. */
  line(msg: string, timeoutMs?: number): Promise<LogLine>
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL: as a power cut for the process. */
  kill(): Promise<void>
  /** Sends a signal and waits for nothing. */
  signal(name: NodeJS.Signals): void
  readonly running: boolean
}

/** Where a process comes from and what it finds there. */
export interface ChildSetting {
  /** Folder of a compiled package; left out, this one, compiled first where sources are newer. */
  readonly root?: string | undefined
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
}

const pathOf = (entry: string, root: string | undefined): string => (root === undefined ? compiled(entry) : join(root, 'dist', entry))

/** Starts a compiled entry such as `gateway/main.js`. */
export function startChild(entry: string, args: readonly string[], { root, env = {} }: ChildSetting = {}): Child {
  const child: ChildProcess = spawn(process.execPath, [pathOf(entry, root), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  const wake = (): void => waiting.forEach((check) => check())
  let stderr = ''
  let ended = false
  const exited = once(child, 'close').then(([code]) => { ended = true; wake(); return code as number | null })
  child.stderr?.on('data', (chunk: Buffer) => { stderr = (stderr + chunk.toString()).slice(-4_000) })
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
    try {
      lines.push(JSON.parse(text) as LogLine)
    } catch {
      lines.push({ msg: text })
    }
    wake()
  })
  const tail = (): string => `${lines.slice(-12).map((line) => JSON.stringify(line)).join('\n')}\n${stderr}`
  return {
    pid: child.pid ?? 0,
    lines,
    get running() { return !ended },
    line: (msg, timeoutMs = START_MS_MAX) => new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => { waiting.delete(check); clearTimeout(timer); settle() }
      const check = (): void => {
        const found = lines.find((line) => line.msg === msg)
        if (found !== undefined) finish(() => resolve(found))
        else if (ended) finish(() => reject(new Error(`${entry} ended before "${msg}":\n${tail()}`)))
      }
      const timer = setTimeout(() => finish(() => reject(new Error(`${entry}: no "${msg}" in ${timeoutMs} ms:\n${tail()}`))), timeoutMs)
      waiting.add(check)
      check()
    }),
    signal: (name) => void child.kill(name),
    async stop() {
      if (!ended) child.kill('SIGTERM')
      return exited
    },
    async kill() {
      if (!ended) child.kill('SIGKILL')
      await exited
    },
  }
}

/** Runs a command to its end. */
export async function runCommand(entry: string, args: readonly string[], input = '', root?: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [pathOf(entry, root), ...args], { stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code: code as number | null, stdout, stderr }
}

/** Asks again until `check` gives something. Real time: for processes only. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined> | T | undefined, timeoutMs = 60_000): Promise<T> {
  const until = Date.now() + timeoutMs
  for (let last: unknown; ;) {
    try {
      const value = await check()
      if (value !== undefined) return value
    } catch (error) {
      last = error
    }
    if (Date.now() > until) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
