import { Type, type Static, type TObject, type TSchema } from 'typebox'
import { Slug } from '#contract/wire-types.js'
import { BrokerUrlOrNull, Group, type LOG_LEVELS, LogLevel, Path, PathOrNull, Whole } from './config-fields.js'

/** A threshold that the model manifest was calibrated with; a number here takes its place. */
const Calibrated = (description: string, unit: string, minimum: number, maximum: number, whole = false) =>
  Type.Union([Type.Null(), whole ? Type.Integer({ minimum, maximum }) : Type.Number({ minimum, maximum })], {
    default: null, description: `${description}; null for the manifest's`, unit, minimum, maximum,
  })
/** Of the estate's own network, or this machine's: nothing that a terminal says without TLS crosses another. */
const OwnAddress = (description: string) => Type.Union([
  Type.Null(),
  Type.String({ pattern: '^(127|10|192\\.168|172\\.(1[6-9]|2[0-9]|3[01]))(\\.[0-9]{1,3}){2,3}$' }),
], { default: null, description: `${description}; null for none`, unit: 'private IPv4' })
const Port = (description: string, standard: number) => Whole(`${description}; 0 is any free one`, 'port', standard, 0, 65_535)

const RemoteFaceSchema = Type.Object({
  name: Slug, cameras: Type.Array(Slug, { minItems: 1, maxItems: 256 }), fallback: Type.Union([Type.Literal('local'), Type.Literal('none')]),
}, { additionalProperties: false })

/** The gateway's whole configuration. Keys with a default may be left out; no secret has one. */
export const GatewayConfigSchema = Group({
  dataDir: Path('Folder of all that this gateway keeps: log, roster, templates, keys, control socket; one process at a time'),
  server: Group({
    url: Type.String({
      pattern: '^https://[^/?#\\s]+/?$', maxLength: 256, unit: 'URL', description: 'Origin of the central server, https only',
    }),
    caFile: PathOrNull('PEM of the authorities to trust for the server; null for those of the system'),
  }, false),
  claimTokenFile: PathOrNull('File with the one-time token that claims this gateway at its first start; not read afterwards'),
  mqtt: Group({
    host: Type.String({
      minLength: 1, maxLength: 256, default: '0.0.0.0', unit: 'address',
      description: 'Address on which devices of the estate connect, MQTT 3.1.1 over TLS',
    }),
    port: Port('Port for devices', 8_883),
    hostNames: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      default: [], maxItems: 16, unit: 'names',
      description: 'Names and addresses that devices reach this gateway by, for its certificate; localhost is always in it',
    }),
    brokerUrl: BrokerUrlOrNull('MQTT broker on the estate\'s own network that devices connect to instead, mutual TLS; null for the gateway\'s own'),
    connectionsMax: Whole('Devices connected at a time; one more is refused', 'connections', 256, 2, 4_096),
    deviceCertificateDays: Whole('Validity of a device certificate from its issue on', 'days', 3_650, 1, 7_300),
  }),
  ops: Group({
    host: Type.String({
      pattern: '^(127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|::1|localhost)$', default: '127.0.0.1', unit: 'address',
      description: 'Loopback address for /health and /metrics',
    }),
    port: Port('Port for /health and /metrics', 9_464),
  }),
  face: Group({
    manifestFile: PathOrNull('Manifest of the nets to run; null for the shipped one'),
    workers: Whole('Threads that look at pictures; each holds all nets, about 60 MB', 'threads', 1, 1, 64),
    remotes: Type.Array(RemoteFaceSchema, {
      default: [], maxItems: 32, unit: 'workers',
      description: 'Face workers in processes of their own and the cameras that belong to each: `{"name", "cameras", "fallback"}`. A name is the worker\'s id as a device; '
        + '`fallback` says who looks while it is away: `local`, this process, or `none`, nobody',
    }),
    matchThreshold: Calibrated('Least cosine to a template for a match; where many persons may pass a gate more is asked', 'cosine', 0.5, 1),
    falseAcceptRate: Calibrated('Part of strangers\' passages that may be let in; the threshold follows from it and the number of persons', 'rate', 0.000_001, 0.1),
    marginMin: Calibrated('Least lead of the best person over the next; below it a face is ambiguous', 'cosine', 0, 1),
    livenessMin: Calibrated('Least probability that the face is live, over the frames of a passage; fewer frames need more', 'probability', 0, 1),
    framesMax: Calibrated('Frames of a passage by which a face must have been shown to be live', 'frames', 1, 10, true),
    recogniseFramesMax: Calibrated('Frames of a passage by which a live face must have been recognised', 'frames', 1, 100, true),
    gapMsMax: Calibrated('Without a frame of its face for so long, a passage is over', 'ms', 200, 10_000, true),
    coolDownMs: Calibrated('Pause before a face that was not live is tried again; doubles with each time', 'ms', 0, 60_000, true),
    coolDownMsMax: Calibrated('Longest such pause', 'ms', 0, 600_000, true),
    faceHeightPxMin: Calibrated('Least height of a face in the picture', 'px', 16, 2_000, true),
  }),
  access: Group({
    frameAgeMsMax: Whole('Oldest frame that may still open a door, from its receipt', 'ms', 2_000, 100, 10_000),
    commandValidityMs: Whole('From the capture of a frame to the moment at which its command is dead', 'ms', 2_000, 100, 10_000),
    regrantHoldMs: Whole('Pause after a grant in which the same person at the same gate makes no second one', 'ms', 3_000, 0, 60_000),
    codeWindowSeconds: Whole('How far the clock of a phone may be from this one for its code to count, either way', 's', 60, 15, 600),
    presenceHours: Whole('After so long nobody is taken to be inside any more: anti-passback and occupancy forget them', 'h', 16, 1, 168),
    pinTriesMax: Whole('Wrong PINs for one number that lock it (GB 50396-2007 §5.1.5: 5 at most)', 'tries', 5, 3, 5),
    pinLockMinutes: Whole('How long a number is locked the first time; twice as long each time after', 'min', 15, 1, 1_440),
    rosterOldHours: Whole('Without all of the server\'s word for so long the roster is old: passages are remarked, and it is an alarm', 'h', 24, 1, 2_160),
    rosterTooOldHours: Whole(
      'Without it for so long visitors and carers that the server allowed are refused; residents, staff and visitors of the desk are not', 'h', 72, 1, 8_760,
    ),
  }),
  devices: Group({
    claimPort: Port('Port at which a new device shows its claim code and has its key signed, HTTPS', 8_884),
    filesPort: Port('Port that devices fetch firmware from, by one-time addresses, HTTPS', 8_885),
  }),
  alarms: Group({
    offlineSeconds: Whole('A device that is away for so long is missed', 's', 120, 10, 86_400),
    clockOffsetMsMax: Whole('A device\'s clock that is further off is suspect (GB 50396-2007 §5.1.2: 10 s a day)', 'ms', 10_000, 1_000, 3_600_000),
    diskFreeMbMin: Whole('Less free space for the log than this is an alarm: without any no door opens', 'MB', 1_024, 16, 1_048_576),
    unknownCount: Whole('So many refused strangers at one gate within the time are an alarm', 'refusals', 5, 2, 100),
    unknownSeconds: Whole('Time for it', 's', 600, 10, 86_400),
    refusalCount: Whole('So many refusals of one person at one gate within the time are an alarm: somebody needs help', 'refusals', 5, 2, 100),
    refusalSeconds: Whole('Time for it', 's', 600, 10, 86_400),
    keypadCount: Whole('So many wrong numbers and PINs at one keypad within the time are an alarm (GB 50396-2007 §5.1.5: 5 at most)', 'tries', 5, 2, 5),
    keypadSeconds: Whole('Time for it', 's', 300, 10, 86_400),
  }),
  terminals: Group({
    loginOverTls: Type.Boolean({
      default: false, unit: 'true \\| false',
      description: 'Face terminals without a certificate may log in with name and password on the port for devices',
    }),
    plainHost: OwnAddress('Address on the estate\'s network for terminals that cannot do TLS, logins only'),
    plainPort: Port('Port for terminals without TLS', 1_883),
    filesHost: OwnAddress('Address on the estate\'s network that terminals fetch photos from, by one-time addresses'),
    filesPort: Port('Port that terminals fetch photos from', 8_084),
    utcOffsetMinutes: Whole('Local time of the terminals, which name no zone, ahead of UTC', 'min', 480, -720, 840),
  }),
  sync: Group({
    uploadIntervalMs: Whole('Longest pause between looks at what is left to send; a new record is sent at once', 'ms', 5_000, 100, 3_600_000),
    rosterIntervalMs: Whole('Pause between questions for roster changes: a withdrawn consent takes this long to arrive', 'ms', 5_000, 100, 60_000),
    requestTimeoutMs: Whole('Longest time for one request to the server', 'ms', 10_000, 100, 120_000),
  }),
  store: Group({
    keepDays: Whole('How long records that the server has, and ids of device events, stay on this gateway', 'days', 90, 1, 3_650),
    fileMbMax: Whole('Largest size of the database; about a million records in 1 000 MB', 'MB', 8_192, 64, 1_048_576),
    frameFreeMbMin: Whole(
      'With less room than this for the log no more faces are looked at, and what the server has goes before its days: the rest is for what must be recorded; 0 for never',
      'MB', 256, 0, 1_048_576,
    ),
    reserveMb: Whole('Space kept in a file of its own and given up for the log when the disk is full', 'MB', 32, 0, 65_536),
  }),
  backup: Group({
    folder: PathOrNull('Folder of the estate\'s choosing for encrypted backups, on another disk: USB or network; it must be there. Null for none'),
    passphraseFile: PathOrNull('File with the passphrase of the backups, 16 characters or more; keep it elsewhere too, without it a backup opens for nobody'),
    everyHours: Whole('Pause between backups', 'hours', 24, 1, 720),
    keep: Whole('Backups that stay in the folder; older ones of this gateway go', 'files', 7, 1, 365),
  }),
  desk: Group({
    host: Type.Union([Type.Null(), Type.String({ minLength: 1, maxLength: 256 })], {
      default: null, unit: 'address', description: 'Address on the estate\'s own network at which guards and managers reach the desk\'s page, HTTPS; null for no page',
    }),
    port: Port('Port for the desk\'s page', 8_444),
    hostNames: Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
      default: [], maxItems: 16, unit: 'names', description: 'Names and addresses that browsers reach the desk by, for its certificate, beside those of mqtt.hostNames',
    }),
    allowPublic: Type.Boolean({ default: false, unit: 'true \\| false', description: 'Serve the desk\'s page at a public address too; refused otherwise' }),
    sessionHours: Whole('A login at the desk ends after this time', 'hours', 12, 1, 24),
    idleMinutes: Whole('A login at the desk ends after this time without anything done', 'minutes', 60, 5, 720),
    noteDays: Whole('How long notes of hand-over and remarks stay', 'days', 30, 1, 365),
  }),
  log: Group({ level: LogLevel }),
}, false)

export type GatewayConfig = DeepReadonly<Omit<Static<typeof GatewayConfigSchema>, 'log'> & { log: { level: (typeof LOG_LEVELS)[number] } }>
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

export interface ConfigKey {
  /** Names from the root, joined by dots. */
  readonly key: string
  readonly schema: TSchema & { description?: string; unit?: string; path?: boolean; default?: unknown; minimum?: number; maximum?: number }
}

/** Every key that holds a value, in the order of the schema. */
export function configKeys(schema: TSchema = GatewayConfigSchema, prefix = ''): ConfigKey[] {
  const { properties } = schema as Partial<TObject>
  if (properties === undefined) return [{ key: prefix, schema }]
  return Object.entries(properties).flatMap(([name, inner]) => configKeys(inner as TSchema, prefix === '' ? name : `${prefix}.${name}`))
}

/** The keys as a Markdown table: name, meaning, unit, bounds, default. */
export const gatewayConfigKeys = (): string => keyTable(GatewayConfigSchema)

/** The keys of a configuration as a Markdown table. */
export function keyTable(schema: TSchema): string {
  const bounds = ({ minimum, maximum }: ConfigKey['schema']): string => (minimum === undefined ? '' : `${minimum}–${maximum}`)
  const standard = ({ default: value }: ConfigKey['schema']): string => (value === undefined ? 'none' : `\`${JSON.stringify(value)}\``)
  const rows = configKeys(schema).map(({ key, schema: each }) =>
    [`\`${key}\``, each.description ?? '', each.unit ?? '', bounds(each), standard(each)])
  const head = ['key', 'meaning', 'unit', 'bounds', 'default']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
