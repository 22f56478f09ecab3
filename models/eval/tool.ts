import { join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { AppError } from '#kernel/app-error.js'
import { packageRoot } from '../../gateway/package-root.js'
import type { FaceChoice } from './look.js'
import { parsePadding, type Padding } from './padding.js'

/** What the measuring tools have in common on the command line. */
export interface ToolOptions {
  readonly pad: Padding
  readonly faces: FaceChoice
  readonly cache: string
  readonly threads: number
  readonly manifest: string
  readonly record?: string
  readonly measured: string
  readonly json?: true
}

export function wholeFrom(min: number) {
  return (text: string): number => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < min) throw new InvalidArgumentError(`a whole number from ${min}.`)
    return value
  }
}

function padding(text: string): Padding {
  try {
    return parsePadding(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof AppError ? `${String(error.details['reason'])}.` : String(error))
  }
}

export const MEASURED = join(packageRoot(), 'models/measured.json')

const PAD_SAYS = 'black border before looking: auto (a third of the side of pictures below 300 px, else none), pixels, or a percentage of the shorter side'

/** A command with the common options. @param pad default of `--pad` */
export function toolCommand(name: string, says: string, pad: string): Command {
  return new Command(name).description(says).exitOverride()
    .addOption(new Option('--pad <border>', PAD_SAYS).argParser(padding).default(parsePadding(pad), pad))
    .addOption(new Option('--faces <which>', 'which of several faces; serving refuses such a picture').choices(['centre', 'largest']).default('centre'))
    .option('--cache <folder>', 'where looks are kept between runs', join(packageRoot(), '.data/eval'))
    .option('--threads <n>', 'threads that look', wholeFrom(1), 2)
    .option('--manifest <file>', 'another model manifest', join(packageRoot(), 'models/manifest.json'))
    .option('--record <name>', 'also keep the result under this name in the record of measurements')
    .option('--measured <file>', 'the record of measurements', MEASURED)
    .option('--json', 'one JSON object on standard output')
}

/** Runs a tool and ends the process as command lines do: 0 done, 2 misused or wrong input, 1 a defect. */
export async function runTool(command: Command, run: () => Promise<void>): Promise<void> {
  try {
    await command.action(run).parseAsync()
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof AppError) {
    process.stderr.write(`${error.message}: ${JSON.stringify(error.details)}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
}

/** The command as it was typed, without what changes no figure. */
export function commandText(script: string): string {
  const told = process.argv.slice(2).filter((argument, index, all) => argument !== '--json' && !withValue(all, index))
  return `npm run ${script} -- ${told.join(' ')}`
}

function withValue(all: readonly string[], index: number): boolean {
  const silent = /^--(cache|threads|record|measured)$/
  return silent.test(all[index] ?? '') || silent.test(all[index - 1] ?? '')
}
