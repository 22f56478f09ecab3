import { Command, CommanderError } from 'commander'
import { DEVICE_KINDS } from '#contract/message-table.js'
import { AppError } from '#kernel/app-error.js'
import { systemClock } from '#kernel/clock.js'
import { standardOutput } from '#kernel/line-writer.js'
import type { Logger } from '#kernel/log.js'
import { systemRandom } from '#kernel/random.js'
import { type RestoreOptions, backup, restore } from './cli-backup.js'
import { alarms, claimCode, devices, moveAlarm, resetZone, zones } from './cli-care.js'
import { renderAclFiles } from './cli-broker.js'
import { addOperator, disableOperator, listOperators } from './cli-operator.js'
import { type CommandOutput, enrol, issueDevice, revokeDevice, status, stop } from './cli-commands.js'
import { takings } from './cli-takings.js'
import { issueTerminal, terminals } from './cli-terminal.js'
import { type GatewayConfig, gatewayConfigKeys, loadConfig, loadFaceWorkerConfig } from './config.js'
import { gatewayError } from './errors.js'
import { type ControlClient, createControlClient } from './ops/control-client.js'
import { createLogger } from './ops/logger.js'

/** 0 done · 1 refused or failed · 2 the command line or the configuration is wrong */
const EXIT = { done: 0, failed: 1, usage: 2 } as const
const USAGE_CODES = ['GW_CONFIG', 'GW_USAGE']

const KINDS = DEVICE_KINDS.join(', ')

interface CommonOptions {
  readonly config?: string
  readonly json?: boolean
  readonly configKeys?: boolean
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function fileOf({ config }: CommonOptions): string {
  if (config === undefined) throw gatewayError('GW_USAGE', { field: '--config', problem: 'is missing' })
  return config
}
const configOf = (options: CommonOptions): GatewayConfig => loadConfig(fileOf(options))

interface Process {
  /** What the ready line shows; undefined where it was told to stop before. */
  start(): Promise<object | undefined>
  requestStop(): void
  stopped(): Promise<boolean>
}

/** Runs until SIGTERM, SIGINT or the `stop` command; a second signal does not wait. */
async function run({ log: { level } }: Pick<GatewayConfig, 'log'>, make: (log: Logger) => Promise<Process>): Promise<number> {
  const destination = standardOutput(systemClock, 'warn')
  const log = createLogger({ level, clock: systemClock, destination })
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error({ err: error }, 'defect; the process ends')
      void destination.close().then(() => process.exit(EXIT.failed))
    })
  }
  const running = await make(log)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(EXIT.failed))
      log.info({ signal }, 'stopping')
      running.requestStop()
    })
  }
  const opened = await running.start()
  // Whoever started the process waits for this line: it comes at every level.
  if (opened !== undefined) createLogger({ level: 'info', clock: systemClock, destination }).info(opened, 'ready')
  const clean = await running.stopped()
  log.info({ clean }, 'stopped')
  await destination.close()
  return clean ? EXIT.done : EXIT.failed
}

// Not at the top: the commands that only ask a running gateway need none of what it is made of.
async function runGateway(options: CommonOptions): Promise<number> {
  const config = configOf(options)
  const { createGateway } = await import('./app.js')
  return run(config, async (log) => createGateway({ config, clock: systemClock, random: systemRandom, log }))
}

async function runFaceWorker(options: CommonOptions): Promise<number> {
  const config = loadFaceWorkerConfig(fileOf(options))
  const { createFaceWorkerProcess } = await import('./app-face-worker.js')
  return run(config, async (log) => createFaceWorkerProcess({ config, clock: systemClock, random: systemRandom, log }))
}

const command = async (options: CommonOptions, work: (client: ControlClient) => Promise<CommandOutput>): Promise<number> =>
  report(options, await work(createControlClient(configOf(options).dataDir)))

function report(options: CommonOptions, output: CommandOutput): number {
  if (options.json === true) say(JSON.stringify(output.json))
  else if (output.done) say(output.text)
  else process.stderr.write(`${output.text}\n`)
  return output.done ? EXIT.done : EXIT.failed
}

type Ask = <Own>(work: (client: ControlClient, options: Own) => Promise<CommandOutput>) => (own: Own) => Promise<void>

/** Commands about the gateway as a whole. `restore` and `face-worker` work without a running one, unlike all others. */
function addProcessCommands(program: Command, ask: Ask, exit: (code: number) => void): void {
  program.command('status').description('what the running gateway says about itself').action(ask(status))
  program.command('stop').description('stop the running gateway cleanly').action(ask(stop))
  program.command('takings').description('what came in at the tills today, by way and by till')
    .option('--close', 'count it now and tell the server, which compares')
    .action(ask(takings))
  program.command('face-worker').description('run as a face worker: --config is its own, see gateway/face-worker.example.json')
    .action(async () => exit(await runFaceWorker(program.opts())))
  program.command('backup').description('take an encrypted backup now, into backup.folder').action(ask(backup))
  program.command('restore').description('put a backup in the place of the data directory, with no gateway running')
    .requiredOption('--from <file>', 'the backup')
    .requiredOption('--passphrase-file <file>', 'file with its passphrase')
    .action(async (own: RestoreOptions) => exit(report(program.opts(), await restore(configOf(program.opts()), own))))
}

/** The command line; the action that runs sets the exit code. */
function buildProgram(exit: (code: number) => void): Command {
  const program = new Command('gateway').exitOverride().description('Gateway of one estate: cameras, faces, doors')
    .option('--config <file>', 'configuration, JSON; see gateway/config.example.json')
    .option('--config-keys', 'print all keys of the configuration as a Markdown table')
    .option('--json', 'answer in JSON')
  const ask: Ask = (work) => async (own) =>
    exit(await command(program.opts(), (client) => work(client, own)))
  const each = (value: string, before: string[] = []): string[] => [...before, value]

  program.action(async () => {
    const options: CommonOptions = program.opts()
    if (options.configKeys === true) say(gatewayConfigKeys())
    else exit(await runGateway(options))
  })
  program.command('issue-device').description('issue the certificate of a device; an earlier one of it is refused from now on')
    .requiredOption('--kind <kind>', KINDS)
    .requiredOption('--id <id>', 'device id')
    .requiredOption('--out <folder>', 'where ca.pem, cert.pem and key.pem go')
    .action(ask(issueDevice))
  program.command('claim-code').description('a code by which a device gets its certificate, once, with a key that never leaves it')
    .requiredOption('--kind <kind>', KINDS)
    .requiredOption('--id <id>', 'device id')
    .action(ask(claimCode))
  program.command('devices').description('all devices: firmware, clock, faults, settings').action(ask(devices))
  program.command('alarms').description('alarms that somebody has to look at').action(ask(alarms))
  program.command('alarm').description('say that somebody looks after an alarm, or that it is over')
    .requiredOption('--id <uuid>', 'alarm id')
    .option('--acknowledge', 'somebody looks after it')
    .option('--clear', 'it is over')
    .action(ask(moveAlarm))
  program.command('zones').description('zones that fire has released').action(ask(zones))
  program.command('reset-zone').description('lock a zone again after a fire, once every input was reset by hand')
    .requiredOption('--zone <id>', 'zone id')
    .action(ask(resetZone))
  program.command('issue-terminal').description('let in a face terminal of another maker (mqtt/face); an earlier way in of it is refused from now on')
    .requiredOption('--id <id>', 'what the terminal calls itself: its client id')
    .requiredOption('--out <folder>', 'where ca.pem, cert.pem and key.pem go, or login.json')
    .option('--login', 'a name and password instead of a certificate')
    .option('--user <name>', 'name of the login; the id where it is left out')
    .action(ask(issueTerminal))
  program.command('terminals').description('face terminals of other makers: whom they hold, and what they did not take').action(ask(terminals))
  program.command('render-acl').description('files for a broker of the estate (mqtt.brokerUrl): ACL from the message table, Mosquitto\'s configuration, certificate')
    .requiredOption('--out <folder>', 'where acl, mosquitto.conf, ca.pem, cert.pem and key.pem go')
    .option('--at <folder>', 'where they will lie on the broker\'s machine; --out where it is left out')
    .action(ask(renderAclFiles))
  program.command('revoke-device').description('refuse a device from now on')
    .requiredOption('--id <id>', 'device id')
    .action(ask(revokeDevice))
  program.command('enrol').description('enrol a person of the roster who consented')
    .requiredOption('--person <ref>', 'personRef of the roster')
    .requiredOption('--photo <file>', 'JPEG, PNG or WebP of this person alone, repeatable', each)
    .option('--allow-by <operator>', 'operatorRef of the manager who says that the face is not the other person\'s, who looks the same')
    .option('--allow-reason <text>', 'how the manager knows; kept at this gateway beside the templates')
    .action(ask(enrol))
  const operator = program.command('operator').description('who may work at the estate\'s desk')
  operator.command('add').description('add a guard or a manager; without a file a password is made up and shown once')
    .requiredOption('--login <name>', 'login name, compared without case')
    .requiredOption('--name <name>', 'name of the person')
    .requiredOption('--role <role>', 'guard or manager')
    .option('--password-file <file>', 'file with the password')
    .action(ask(addOperator))
  operator.command('disable').description('end all logins of an operator; records keep a bare reference')
    .requiredOption('--login <name>', 'login name')
    .option('--erase', 'remove name, login name and password too')
    .action(ask(disableOperator))
  operator.command('list').description('all operators of the desk').action(ask(listOperators))
  addProcessCommands(program, ask, exit)
  return program
}

function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (!(error instanceof AppError)) {
    // What the system refuses, as a port that is taken, says itself what is wrong.
    const isOfSystem = error instanceof Error && 'syscall' in error
    process.stderr.write(`gateway: ${error instanceof Error ? (isOfSystem ? error.message : error.stack ?? error.message) : String(error)}\n`)
    return EXIT.failed
  }
  const { errors, ...facts } = error.details
  const lines = Array.isArray(errors) ? errors.map((line) => `\n  ${String(line)}`).join('') : ''
  const cause = error.cause instanceof Error ? `\n  because: ${error.cause.message}` : ''
  const about = Object.keys(facts).length === 0 ? '' : ` ${JSON.stringify(facts)}`
  process.stderr.write(`gateway: ${error.message}${about}${lines}${cause}\n`)
  return USAGE_CODES.includes(error.code) ? EXIT.usage : EXIT.failed
}

let exitCode: number = EXIT.done
await buildProgram((code) => {
  exitCode = code
}).parseAsync(process.argv).catch((error: unknown) => {
  exitCode = reportError(error)
})
process.exit(exitCode)
