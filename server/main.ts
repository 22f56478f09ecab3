import { Command, CommanderError } from 'commander'
import { pino } from 'pino'
import { AppError } from '#kernel/app-error.js'
import { systemClock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { standardOutput } from '#kernel/line-writer.js'
import { systemRandom } from '#kernel/random.js'
import type { CreateUserOptions } from './commands.js'
import { loadConfig, serverConfigKeys } from './config.js'
import { fail } from './errors.js'
import type { ProcessDeps } from './server-process.js'

// What runs is imported where it runs: a second of processor time that help and a wrong configuration need not wait for.

const EXIT = { done: 0, failed: 1, usage: 2 } as const
const USAGE_CODES = new Set(['SV_CONFIG', 'SV_USAGE'])

interface CommonOptions {
  readonly config?: string
  readonly json?: boolean
}

const output = standardOutput(systemClock, pino.levels.values['warn'] as number)
const say = (text: string): void => void process.stdout.write(`${text}\n`)

function depsOf({ config: file }: CommonOptions, level?: string): ProcessDeps {
  if (file === undefined) throw fail('SV_USAGE', { field: '--config', problem: 'is missing' })
  const config = loadConfig(file)
  const log = pino({ level: level ?? config.log.level, base: { part: 'server' } }, output)
  return { config, log, clock: systemClock, random: systemRandom, ids: createIdSource({ clock: systemClock, random: systemRandom }) }
}

/** Resolves with the first SIGTERM or SIGINT; the second ends the process at once. */
const firstSignal = (): Promise<string> => new Promise((resolve) => {
  let signals = 0
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => ((signals += 1) === 1 ? resolve(name) : process.exit(EXIT.failed)))
})

/** Runs until it is told to stop. */
async function run(options: CommonOptions): Promise<number> {
  const deps = depsOf(options)
  const { startServer } = await import('./server-process.js')
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      deps.log.error({ err: error }, 'defect; the process ends')
      void output.close().then(() => process.exit(EXIT.failed))
    })
  }
  // From here on, so that a signal during the start, or right after the ready line, ends as cleanly as any other.
  const signalled = firstSignal()
  const server = await startServer(deps)
  const { httpsPort, httpPort } = server
  // Whoever started the process waits for this line: it comes at every log level.
  pino({ base: { part: 'server' } }, output).info({ httpsPort, httpPort }, 'ready')
  deps.log.info({ signal: await signalled }, 'stopping')
  await server.stop()
  deps.log.info({}, 'stopped')
  await output.close()
  return EXIT.done
}

async function runCreateUser(options: CommonOptions & CreateUserOptions): Promise<number> {
  const deps = depsOf(options, 'warn')
  const { createUser } = await import('./commands.js')
  const user = await createUser(deps, options, process.stdin.isTTY ? null : process.stdin)
  if (options.json === true) say(JSON.stringify(user))
  else say(`${user.loginName} can log in${user.password === null ? '' : ` with the password ${user.password}`}`)
  return EXIT.done
}

async function runVerifyAudit(options: CommonOptions): Promise<number> {
  const deps = depsOf(options, 'warn')
  const { verifyAudit } = await import('./commands.js')
  const result = await verifyAudit(deps)
  const holds = result.brokenAtSeq === null
  say(options.json === true ? JSON.stringify(result) : `${result.entries} entries, ${holds ? 'chain holds' : `chain broken at entry ${result.brokenAtSeq}`}`)
  return holds ? EXIT.done : EXIT.failed
}

/** One line or block a gateway, as soon as its log is read. */
async function runVerifyLog(options: CommonOptions & { estate?: string }): Promise<number> {
  const deps = depsOf(options, 'warn')
  const { proofText, verifyLog } = await import('./verify-log.js')
  const proofs = await verifyLog(deps, options, (proof) => say(options.json === true ? JSON.stringify(proof) : proofText(proof)))
  if (proofs.length === 0 && options.json !== true) say('no gateway is registered')
  return proofs.every(({ verdict }) => verdict === 'whole') ? EXIT.done : EXIT.failed
}

/** Sets the exit code by what the action returns or throws. */
async function main(argv: string[]): Promise<number> {
  let code: number = EXIT.done
  const each = (value: string, before: string[]): string[] => [...before, value]
  const program = new Command('server').exitOverride().description('Central server of the smart estates')
    .option('--config <file>', 'configuration, JSON; see server/config.example.json')
    .option('--config-keys', 'print all keys of the configuration as a Markdown table')
    .option('--json', 'answer in JSON')
  program.action(async () => {
    if (program.opts()['configKeys'] === true) say(serverConfigKeys())
    else code = await run(program.opts())
  })
  program.command('create-user').description('add a user while no server runs; the password is read from standard input up to its end, none makes one up')
    .requiredOption('--login <name>', 'login name').requiredOption('--display <text>', 'name to show')
    .requiredOption('--role <role>', 'role, repeatable', each, []).option('--estate <id>', 'estate of the roles, repeatable; all without it', each, [])
    .option('--json', 'answer in JSON')
    .action(async (_options, command: Command) => { code = await runCreateUser(command.optsWithGlobals()) })
  program.command('verify-audit').description('check the chain of the audit log while no server runs').option('--json', 'answer in JSON')
    .action(async (_options, command: Command) => { code = await runVerifyAudit(command.optsWithGlobals()) })
  program.command('verify-log').description('prove the logs of gateways from the database, beside a running server too; ends with 1 where one is not whole')
    .option('--estate <id>', 'of this estate alone').option('--json', 'one JSON object a gateway')
    .action(async (_options, command: Command) => { code = await runVerifyLog(command.optsWithGlobals()) })
  await program.parseAsync(argv)
  return code
}

// The database holds names: what this process writes is for its own user alone.
process.umask(0o077)
main(process.argv).then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage)
    const known = error instanceof AppError
    // What the system refuses, as a port that is taken, says itself what is wrong.
    const isOfSystem = error instanceof Error && 'syscall' in error
    process.stderr.write(known ? `server: ${error.message} ${JSON.stringify(error.details)}\n`
      : `server: ${error instanceof Error ? (isOfSystem ? error.message : error.stack) : String(error)}\n`)
    process.exit(known && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed)
  },
)
