import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { failSim } from '../errors.js'
import { type FaultProfile, NO_FAULTS, parseFaults } from '../faults.js'
import { parseOemProfile } from '../oem/oem-faults.js'
import { CameraEntry, ControllerEntry, type DeviceEntry, type TerminalEntry, readDevicesFile } from './devices-file.js'
import { schemaError } from '#contract/codec.js'

/** What one run of the simulator was asked for. */
export interface SimOptions {
  readonly devices: readonly DeviceEntry[]
  /** Face terminals of other makers. */
  readonly terminals: readonly TerminalEntry[]
  readonly fps: number
  readonly seed: number
  readonly faults: FaultProfile
  readonly heartbeatMs: number
  readonly heldOpenMs: number
  readonly stateDir: string
  readonly forSeconds: number | undefined
  readonly json: boolean
  /** Take orders on standard input (see --help). */
  readonly stdin: boolean
}

const number = (low: number, high: number, whole: boolean) => (text: string): number => {
  const value = Number(text)
  if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
    throw new InvalidArgumentError(`a ${whole ? 'whole ' : ''}number from ${low} to ${high}.`)
  }
  return value
}

const faults = (text: string): FaultProfile => {
  const parsed = parseFaults(text)
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.error}.`)
  return parsed.value
}

const oemFaults = (text: string): string => {
  const parsed = parseOemProfile(text)
  if (!parsed.ok) throw new InvalidArgumentError(`${parsed.error}.`)
  return text
}

const HELP = `
One device needs --estate, --url, --ca, --cert and --key; its name is the certificate's common name.
Several devices come from --devices FILE: {"devices":[{"kind":"camera","id":"cam-1","estateId":"e1",
"url":"mqtts://127.0.0.1:8883","caFile":"ca.pem","certFile":"cert.pem","keyFile":"key.pem"},
{"kind":"controller", ..., "doors":2}]}; a camera may have fps, framesDir and cast, each device faults.

Faults: name=value,name=value of drop, reboot, door, fire (mean seconds between two), duplicate, delay
(shares of messages, 0 to 1), delay-ms (at most), skew-ms (wall clock ahead; negative behind),
drift-ppm (how much faster it runs), broken (mean seconds between two faults), stuck, deaf, firmware (shares of faults that
never mend, of settings it does not hear, of updates that go wrong), absent (share of those let in who do not walk through).

Readers of cards, codes and PINs come from the devices file: {"kind":"reader","id":"rd-1",...,"presentSeconds":20,"wallet":
[{"way":"card","number":"04aabb01"},{"way":"pin","number":"101","pin":"4711"},{"way":"qr","text":"..."},
{"way":"phone","credentialId":"...","keyFile":"phone.pem"}]}. Their faults: garbage (share), flood (mean seconds).

Face terminals of another maker (mqtt/face) come from the devices file, {"kind":"terminal","id":"oem-1","estateId":"e1",
"url":"mqtt://127.0.0.1:1883","loginFile":"login.json","showSeconds":20}, or as --oem N with --url and --logins DIR: oem-1
to oem-N, each with DIR/oem-1/login.json, or ca.pem, cert.pem and key.pem. Their faults: old, plain-numbers, no-query,
no-resume, and name=value of busy, cut, mute, duplicate (shares), person-ms, capacity, skew-ms, reboot (mean seconds).

With --stdin one order a line: show ID FACE | factory-reset ID (terminals) | reboot ID | drop ID | fire ID on|off | fire-reset ID | exit ID DOOR |
contact ID DOOR open|closed | tamper ID on|off | fault ID NAME on|off | present ID card|qr|pin VALUE | come ID PLACE | flood ID N (readers)

Ends by SIGINT, SIGTERM or --for. Exit codes: 0 ended as asked, 1 failed, 2 bad usage.`

interface RawOptions {
  camera?: string; controller?: string; devices?: string; estate?: string; url?: string; ca?: string; cert?: string; key?: string
  fps: number; frames?: string; doors: number; seed: number; faults: FaultProfile; heartbeat: number; heldOpen: number
  state: string; for?: number; json?: true; stdin?: true; oem: number; logins?: string; oemFaults?: string; show: number
}

/** `--oem N`: each with what `issue-terminal` wrote for it. */
function oemTerminals(raw: RawOptions): TerminalEntry[] {
  const missing = (['url', 'logins'] as const).filter((name) => raw[name] === undefined)
  if (missing.length > 0) throw failSim('SIM_USAGE', { option: '--oem', missing: missing.map((name) => `--${name}`) })
  return Array.from({ length: raw.oem }, (_, index): TerminalEntry => {
    const id = `oem-${index + 1}`
    const file = (name: string): string => join(raw.logins as string, id, name)
    const files = existsSync(file('login.json')) ? { loginFile: file('login.json') } : { certFile: file('cert.pem'), keyFile: file('key.pem') }
    return {
      kind: 'terminal', id, estateId: raw.estate ?? 'estate', url: raw.url as string, ...files,
      ...(existsSync(file('ca.pem')) ? { caFile: file('ca.pem') } : {}), ...(raw.oemFaults === undefined ? {} : { faults: raw.oemFaults }),
      ...(raw.show > 0 ? { showSeconds: raw.show } : {}),
    }
  })
}

function singleDevice(raw: RawOptions): DeviceEntry {
  const missing = (['estate', 'url', 'ca', 'cert', 'key'] as const).filter((name) => raw[name] === undefined)
  if (missing.length > 0) throw failSim('SIM_USAGE', { missing: missing.map((name) => `--${name}`) })
  const common = {
    estateId: raw.estate as string, url: raw.url as string,
    caFile: raw.ca as string, certFile: raw.cert as string, keyFile: raw.key as string,
  }
  const entry: DeviceEntry = raw.camera !== undefined
    ? { kind: 'camera', id: raw.camera, ...common, ...(raw.frames === undefined ? {} : { framesDir: raw.frames }) }
    : { kind: 'controller', id: raw.controller as string, ...common, doors: raw.doors }
  const error = schemaError(entry.kind === 'camera' ? CameraEntry : ControllerEntry, entry)
  if (error !== undefined) throw failSim('SIM_USAGE', { option: error })
  return entry
}

/** The command line. It writes usage errors itself and throws commander's error with exit code 2. */
export function simCommand(): Command {
  return new Command('sim')
    .description('Simulated cameras and door controllers that speak the published wire contract over MQTT with TLS.')
    .option('--camera <id>', 'simulate one camera')
    .addOption(new Option('--controller <id>', 'simulate one door controller').conflicts('camera'))
    .addOption(new Option('--devices <file>', 'simulate all devices of a JSON file').conflicts(['camera', 'controller']))
    .addOption(new Option('--oem <n>', 'simulate n face terminals of another maker, 1 to 32').argParser(number(1, 32, true)).default(0, 'none'))
    .option('--logins <dir>', 'folder with a folder for each of them')
    .option('--oem-faults <list>', 'what is odd about them, see below', oemFaults)
    .addOption(new Option('--show <seconds>', 'somebody comes by each of them, mean seconds').argParser(number(1, 86_400, false)).default(0, 'nobody'))
    .option('--estate <id>', 'estate of the one device')
    .option('--url <url>', 'broker, mqtts://host:port')
    .option('--ca <file>', "PEM of the broker's authority")
    .option('--cert <file>', "PEM of the device's certificate")
    .option('--key <file>', "PEM of the device's key")
    .option('--fps <n>', 'frames a second, 0.1 to 30', number(0.1, 30, false), 5)
    .option('--frames <dir>', "show this folder's JPEG files over and over instead of made ones")
    .option('--doors <n>', 'doors of the controller, 1 to 8', number(1, 8, true), 2)
    .option('--seed <n>', 'seed of all chance', number(0, 4_294_967_295, true), 1)
    .addOption(new Option('--faults <list>', 'what goes wrong, see below').argParser(faults).default(NO_FAULTS, 'none'))
    .option('--heartbeat <seconds>', 'between two heartbeats, 0.2 to 60', number(0.2, 60, false), 5)
    .option('--held-open <seconds>', 'a door open for longer is reported, 1 to 3600', number(1, 3_600, false), 15)
    .option('--state <dir>', 'where controllers keep unacknowledged events', '.data/sim')
    .option('--for <seconds>', 'stop after this time, 1 to 604800', number(1, 604_800, false))
    .option('--json', 'print one JSON object with all counts at the end')
    .option('--stdin', 'take orders on standard input')
    .addHelpText('after', HELP)
    .exitOverride()
}

/** @throws AppError SIM_USAGE; commander's own error for what it refuses */
export function parseSimOptions(command: Command, args: readonly string[]): SimOptions {
  const raw = command.parse(args, { from: 'user' }).opts<RawOptions>()
  const isSingle = raw.camera !== undefined || raw.controller !== undefined
  if (!isSingle && raw.devices === undefined && raw.oem === 0) throw failSim('SIM_USAGE', { missing: ['--camera, --controller, --oem or --devices'] })
  const listed = raw.devices === undefined ? { devices: isSingle ? [singleDevice(raw)] : [], terminals: [] } : readDevicesFile(raw.devices)
  return {
    devices: listed.devices,
    terminals: [...listed.terminals, ...(raw.oem > 0 ? oemTerminals(raw) : [])],
    fps: raw.fps, seed: raw.seed, faults: raw.faults, heartbeatMs: raw.heartbeat * 1_000, heldOpenMs: raw.heldOpen * 1_000,
    stateDir: raw.state, forSeconds: raw.for, json: raw.json === true, stdin: raw.stdin === true,
  }
}
