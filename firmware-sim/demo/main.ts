#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { AppError } from '#kernel/app-error.js'
import { systemClock } from '#kernel/clock.js'
import { systemRandom } from '#kernel/random.js'
import { demoCommand, parseDemoOptions } from './demo-options.js'
import { runDemo } from './demo-run.js'
import { createProgress } from './progress.js'
import { isOfDemo } from './supervisor.js'

const program = (path: string): string => fileURLToPath(new URL(`../../${path}/main.js`, import.meta.url))

const FOLLOW_MS = 500

/** Resolves at the first signal, or when nobody reads what we say any more; the second signal ends the process at once, and its parts with it. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    const ask = (): void => {
      if (isAsked) process.exit(1)
      isAsked = true
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask)
    const shell = process.ppid
    // npm ends its shell when it is ended, and the shell does not end us.
    if (isOfDemo(shell)) setInterval(() => { if (process.ppid !== shell) resolve() }, FOLLOW_MS).unref()
    process.stdout.once('error', resolve).on('error', () => undefined)
  })
}

/** Says what failed and where to look; the exit code is 2 for what the user can put right at the command line. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (!(error instanceof AppError)) {
    // What the system refuses says itself what is wrong: where in our code is no help.
    const isOfSystem = error instanceof Error && 'syscall' in error
    process.stderr.write(`${error instanceof Error ? (isOfSystem ? error.message : error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
  const { lastLines, ...details } = error.details as { lastLines?: readonly string[] }
  const isUsers = error.code === 'SIM_DEMO_DATA' || error.code === 'SIM_DEMO_PORT'
  if (lastLines !== undefined && lastLines.length > 0) process.stderr.write(`The end of its log:\n${lastLines.map((line) => `  | ${line}\n`).join('')}`)
  process.stderr.write(`${error.message}: ${JSON.stringify(details)}\n`)
  // Last, where it is seen.
  if (!isUsers) process.stderr.write('The next start goes on where this one ended; with --fresh it begins anew.\n')
  return isUsers ? 2 : 1
}

async function main(): Promise<number> {
  const options = parseDemoOptions(demoCommand(), process.argv.slice(2))
  const progress = createProgress({ out: process.stdout, clock: systemClock })
  const { figures, clean } = await runDemo({
    options, clock: systemClock, random: systemRandom, progress, asked: asked(),
    programs: { server: program('server'), gateway: program('gateway'), simulator: program('firmware-sim'), channels: program('firmware-sim/channel') },
  })
  if (options.json && figures !== undefined) process.stdout.write(`${JSON.stringify(figures)}\n`)
  if (!clean) process.stderr.write('A part did not stop cleanly: see the ends of the logs.\n')
  return clean ? 0 : 1
}

// Nothing is left to wait for, and the end was not reached: that must not pass for a clean one.
process.once('beforeExit', () => process.exit(explain(new Error('the demo ended without an end'))))
main().then((code) => process.exit(code), (error: unknown) => process.exit(explain(error)))
