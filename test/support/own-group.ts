import { fork } from 'node:child_process'
import { openRunFolders } from './run-folders.js'

/** Tells the program that it runs inside of the group already, and so to its own children. */
const INSIDE = 'ESTATES_PROCESS_GROUP'
const FOLLOW_MS = 500
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** As shells count a process that a signal ended. */
const SIGNAL_EXIT = 128
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }
const codeOf = (signal: string | null): number => SIGNAL_EXIT + (SIGNAL_NUMBERS[signal ?? ''] ?? 0)

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

/** Inside: where whoever started us is gone, killed too, all of the group goes. */
function followParent(): void {
  process.once('disconnect', () => killGroup(process.pid))
  process.channel?.unref()
}

/** npm ends its shell when it is ended, and the shell does not end us. */
function followNpm(): void {
  const shell = process.ppid
  if (process.env['npm_lifecycle_event'] === undefined) return
  setInterval(() => { if (process.ppid !== shell) process.exit(codeOf('SIGTERM')) }, FOLLOW_MS).unref()
}

/**
 * Runs this program once more as the leader of a process group and waits for its end; whatever it started, its children's children too,
 * ends with it, and with this process however that ends. What a bench or a campaign started would go on for hours otherwise. What it wrote to
 * folders for what is temporary goes with it; where this process is killed, with the next that runs so.
 * @returns only inside of the group; outside the process ends with the program's exit code, or 128 + the number of the signal
 */
export async function runInOwnGroup(): Promise<void> {
  if (process.env[INSIDE] !== undefined) return followParent()
  const folders = openRunFolders()
  process.once('exit', folders.remove)
  const child = fork(process.argv[1] as string, process.argv.slice(2), { detached: true, stdio: 'inherit', env: { ...process.env, ...folders.env, [INSIDE]: '1' } })
  const leader = child.pid
  if (leader === undefined) throw new Error('the program could not be started once more')
  // Before the folders go.
  process.prependOnceListener('exit', () => killGroup(leader))
  followNpm()
  for (const signal of SIGNALS) process.once(signal, () => process.exit(codeOf(signal)))
  await new Promise<never>(() => child.once('exit', (code, signal) => process.exit(code ?? codeOf(signal))))
}
