import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { parseFaults } from '../faults.js'
import { ESTATES_MAX } from './demo-plan.js'

/** What one `npm start` was asked for. */
export interface DemoOptions {
  readonly estates: number
  readonly cameras: number
  readonly fps: number
  readonly forSeconds: number | undefined
  readonly json: boolean
  readonly dataDir: string
  readonly fresh: boolean
  /** Of the page on 127.0.0.1; 0 is any free one. */
  readonly port: number
  readonly seed: number
  /** For the simulator, as its --faults. */
  readonly faults: string
}

const whole = (low: number, high: number) => (text: string): number => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < low || value > high) throw new InvalidArgumentError(`a whole number from ${low} to ${high}.`)
  return value
}

const rate = (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0.1 && value <= 30)) throw new InvalidArgumentError('a number from 0.1 to 30.')
  return value
}

const faultList = (text: string): string => {
  const parsed = parseFaults(text)
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.error}.`)
  return text
}

const HELP = `
Starts the central server, one gateway for each estate, and simulated cameras and door controllers, each as a process
of its own, and prints the page's address and the logins. All state is under --data: a restart goes on where the
last run stopped. Each part's log is in logs/ there. Ends by Ctrl-C or --for, everything in reverse order.

Exit codes: 0 everything ran and stopped cleanly, 1 a part failed (it is named, with the end of its log), 2 bad usage.`

/** The command line. It writes usage errors itself and throws commander's error. */
export function demoCommand(): Command {
  return new Command('npm start --')
    .description('An example of the whole system on this machine.')
    .option('--estates <n>', `estates, 1 to ${ESTATES_MAX}`, whole(1, ESTATES_MAX), 1)
    .option('--cameras <n>', 'cameras of each estate, one a gate, 1 to 16', whole(1, 16), 2)
    .option('--fps <n>', 'frames a second of each camera, 0.1 to 30', rate, 5)
    .option('--for <seconds>', 'stop cleanly after this time, 1 to 604800', whole(1, 604_800))
    .option('--json', 'print all figures as one JSON object on the last line')
    .option('--data <dir>', 'folder of all state', '.data/demo')
    .option('--fresh', 'begin anew: delete the state of earlier runs')
    .option('--port <n>', "port of the page on 127.0.0.1; 0 is any free one", whole(0, 65_535), 8_080)
    .option('--seed <n>', 'seed of all chance in the simulator', whole(0, 4_294_967_295), 1)
    .option('--faults <list>', "what goes wrong with the devices; npm run sim -- --help lists it", faultList, 'none')
    .addHelpText('after', HELP)
    .exitOverride()
}

export function parseDemoOptions(command: Command, args: readonly string[]): DemoOptions {
  const raw = command.parse(args, { from: 'user' }).opts<{
    estates: number; cameras: number; fps: number; for?: number; json?: true; data: string; fresh?: true; port: number
    seed: number; faults: string
  }>()
  return {
    estates: raw.estates, cameras: raw.cameras, fps: raw.fps, forSeconds: raw.for, json: raw.json === true,
    dataDir: resolve(raw.data), fresh: raw.fresh === true, port: raw.port, seed: raw.seed, faults: raw.faults,
  }
}
