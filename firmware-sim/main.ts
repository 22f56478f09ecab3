#!/usr/bin/env node
import { createInterface } from 'node:readline'
import { CommanderError } from 'commander'
import { pino } from 'pino'
import { AppError } from '#kernel/app-error.js'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { standardOutput } from '#kernel/line-writer.js'
import { systemRandom } from '#kernel/random.js'
import { obey } from './run/orders.js'
import { type SimOptions, parseSimOptions, simCommand } from './run/sim-options.js'
import { simReport } from './run/sim-report.js'

/** Resolves at SIGINT, SIGTERM or after `seconds`. Holds the process alive meanwhile. */
function untilAsked(seconds: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds === undefined ? 2 ** 31 - 1 : seconds * 1_000)
    const asked = (): void => {
      clearTimeout(timer)
      resolve()
    }
    process.once('SIGINT', asked)
    process.once('SIGTERM', asked)
  })
}

async function run(options: SimOptions): Promise<void> {
  // Not at the top: help and wrong options need none of what devices are made of.
  const { buildDevices } = await import('./run/build-devices.js')
  const output = standardOutput(systemClock, pino.levels.values['warn'] as number)
  const log = pino({ base: null }, output)
  const startedMs = systemClock.monoMs()
  const ids = createIdSource({ clock: systemClock, random: systemRandom })
  const built = await buildDevices({ options, clock: systemClock, ids, log })
  const devices = [...built.controllers, ...built.cameras, ...built.readers, ...built.tills, ...built.terminals]
  for (const device of devices) device.start()
  const { cameras: { length: cameraCount }, controllers: { length: controllerCount } } = built
  log.info({ cameras: cameraCount, controllers: controllerCount, readers: built.readers.length, tills: built.tills.length, terminals: built.terminals.length }, 'ready')
  const orders = options.stdin ? createInterface({ input: process.stdin }) : undefined
  orders?.on('line', (line) => {
    // What follows the device may be a card, a code or a PIN, which stand in no log.
    log.info({ order: line.trim().split(/\s+/).slice(0, 2).join(' ') }, 'order')
    const error = obey(built, line)
    if (error !== undefined) log.warn({ error }, 'order refused')
  })
  await untilAsked(options.forSeconds)
  orders?.close()
  await Promise.all(devices.map((device) => device.stop()))
  const cameras = built.cameras.map((camera) => camera.report())
  const controllers = built.controllers.map((controller) => controller.report())
  const readers = built.readers.map((reader) => reader.report())
  const tills = built.tills.map((till) => till.report())
  const terminals = built.terminals.map((terminal) => terminal.report())
  const seconds = (systemClock.monoMs() - startedMs) / 1_000
  const report = simReport({ cameras, controllers, readers, tills, terminals }, { seconds, rssBytes: process.memoryUsage.rss(), passages: built.passages.figures() })
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else log.info(report, 'stopped')
  await output.close()
}

/** The process's exit code for a failure, after saying what it is. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof AppError) {
    process.stderr.write(`${error.message}: ${JSON.stringify(error.details)}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
}

try {
  await run(parseSimOptions(simCommand(), process.argv.slice(2)))
  process.exit(0)
} catch (error) {
  process.exit(exitCodeOf(error))
}
