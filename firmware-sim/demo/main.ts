#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { CommanderError } from 'commander'
import { AppError } from '#kernel/app-error.js'
import { systemClock } from '#kernel/clock.js'
import { systemRandom } from '#kernel/random.js'
import { demoCommand, parseDemoOptions } from './demo-options.js'
import { runDemo } from './demo-run.js'
import { createProgress } from './progress.js'

const program = (path: string): string => fileURLToPath(new URL(`../../${path}/main.js`, import.meta.url))

/** Resolves at the first SIGINT or SIGTERM; the second ends the process at once, and its parts with it. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    const ask = (): void => {
      if (isAsked) process.exit(1)
      isAsked = true
      resolve()
    }
    process.on('SIGINT', ask)
    process.on('SIGTERM', ask)
  })
}

/** Says what failed and where to look; the exit code is 2 for what the user can put right at the command line. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (!(error instanceof AppError)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
  const { lastLines, ...details } = error.details as { lastLines?: readonly string[] }
  process.stderr.write(`${error.message}: ${JSON.stringify(details)}\n`)
  for (const line of lastLines ?? []) process.stderr.write(`  | ${line}\n`)
  return error.code === 'SIM_DEMO_DATA' ? 2 : 1
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

main().then((code) => process.exit(code), (error: unknown) => process.exit(explain(error)))
