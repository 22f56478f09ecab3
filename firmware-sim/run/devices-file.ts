import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Type, type Static } from 'typebox'
import { parseJson, schemaError } from '#contract/codec.js'
import { Closed, Slug } from '#contract/wire-types.js'
import { failSim } from '../errors.js'
import { FACE_TABLE } from '../frames/face-table.js'
import { tillFields } from '../till/till-entry.js'
import { type WalletEntry, readerFields, walletWithPaths } from '../reader/reader-entry.js'

const Path = Type.String({ minLength: 1, maxLength: 4_096 })
const FaceId = Type.Unsafe<string>(Type.Union(FACE_TABLE.map((face) => Type.Literal(face.faceId))))
const FaceIds = Type.Array(FaceId, { maxItems: FACE_TABLE.length })
const Share = Type.Number({ minimum: 0, maximum: 1 })

const connection = {
  id: Slug, estateId: Slug,
  url: Type.String({ pattern: '^mqtts://[^/\\s]+$', description: 'mqtts://host:port' }),
  caFile: Path, certFile: Path, keyFile: Path,
  faults: Type.Optional(Type.String({ maxLength: 200 })),
  /** Where it gets its certificate, and by which code, while the files are not there yet. */
  claim: Type.Optional(Closed({ url: Type.String({ pattern: '^https://[^/\\s]+$' }), code: Type.String({ minLength: 8, maxLength: 64 }) })),
}
export const CameraEntry = Closed({
  kind: Type.Literal('camera'), ...connection,
  fps: Type.Optional(Type.Number({ minimum: 0.1, maximum: 30 })),
  framesDir: Type.Optional(Path),
  cast: Type.Optional(Closed({ residents: FaceIds, strangers: FaceIds, strangerShare: Share, groupShare: Share })),
})
export const ControllerEntry = Closed({
  kind: Type.Literal('controller'), ...connection,
  doors: Type.Optional(Type.Integer({ minimum: 1, maximum: 8 })),
})
export const ReaderEntry = Closed({ kind: Type.Literal('reader'), ...connection, ...readerFields })
export const TillEntry = Closed({ kind: Type.Literal('till'), ...connection, ...tillFields })
/** A face terminal of another maker. Certificate and key, or a login; the authority's file where the address is mqtts. */
export const TerminalEntry = Closed({
  kind: Type.Literal('terminal'), id: Slug, estateId: Slug,
  url: Type.String({ pattern: '^mqtts?://[^/\\s]+$', description: 'mqtts://host:port or mqtt://host:port' }),
  caFile: Type.Optional(Path), certFile: Type.Optional(Path), keyFile: Type.Optional(Path), loginFile: Type.Optional(Path),
  /** As `--oem-faults`. */
  faults: Type.Optional(Type.String({ maxLength: 200 })),
  /** Who comes by, and how often on average; nobody where it is left out. */
  faceIds: Type.Optional(FaceIds),
  showSeconds: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
})
export const DevicesFile = Closed({
  devices: Type.Array(Type.Union([CameraEntry, ControllerEntry, ReaderEntry, TillEntry, TerminalEntry]), { minItems: 1, maxItems: 500 }),
})
const SCHEMAS = { camera: CameraEntry, controller: ControllerEntry, reader: ReaderEntry, till: TillEntry, terminal: TerminalEntry }

export type CameraEntry = Static<typeof CameraEntry>
export type ControllerEntry = Static<typeof ControllerEntry>
export type ReaderEntry = Static<typeof ReaderEntry>
export type TillEntry = Static<typeof TillEntry>
export type TerminalEntry = Static<typeof TerminalEntry>
export type DeviceEntry = CameraEntry | ControllerEntry | ReaderEntry | TillEntry

/** What is wrong with one entry, by the schema of its own kind, or undefined. */
function entryError(entry: unknown, index: number): string | undefined {
  const kind = typeof entry === 'object' && entry !== null && 'kind' in entry ? entry.kind : undefined
  const schema = Object.entries(SCHEMAS).find(([known]) => known === kind)?.[1]
  if (schema === undefined) return `/devices/${index}/kind: one of ${Object.keys(SCHEMAS).join(', ')}`
  const error = schemaError(schema, entry)
  return error === undefined ? undefined : `/devices/${index}${error.replace('(root)', '')}`
}

/** Some hundred bytes a device: anything larger is another file, and is not read. */
const FILE_BYTES_MAX = 16_777_216

/**
 * Reads a devices file. Paths in it are relative to the file.
 * @throws AppError SIM_USAGE naming every wrong entry
 */
export function readDevicesFile(path: string): { devices: DeviceEntry[]; terminals: TerminalEntry[] } {
  let text: string
  try {
    if (statSync(path).size > FILE_BYTES_MAX) throw new RangeError('is larger than 16 MB')
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw failSim('SIM_USAGE', { option: '--devices', file: path, reason: cause instanceof RangeError ? cause.message : 'cannot be read' }, cause)
  }
  const parsed = parseJson<{ devices?: unknown }>(Type.Object({}), text)
  if (!parsed.ok) throw failSim('SIM_USAGE', { option: '--devices', errors: [parsed.error] })
  const entries = Array.isArray(parsed.value.devices) ? parsed.value.devices as unknown[] : []
  const errors = entries.flatMap((entry, index) => entryError(entry, index) ?? [])
  const whole = errors.length > 0 ? undefined : schemaError(DevicesFile, parsed.value)
  if (whole !== undefined) errors.push(whole)
  if (errors.length > 0) throw failSim('SIM_USAGE', { option: '--devices', file: path, errors })
  const all = (entries as Array<DeviceEntry | TerminalEntry>).map((entry) => withPaths(entry, dirname(path)))
  return {
    devices: all.filter((entry): entry is DeviceEntry => entry.kind !== 'terminal'),
    terminals: all.filter((entry): entry is TerminalEntry => entry.kind === 'terminal'),
  }
}

const PATHS = ['caFile', 'certFile', 'keyFile', 'loginFile', 'framesDir'] as const

const withPaths = <Entry extends object>(entry: Entry, base: string): Entry => {
  const given = entry as Partial<Record<(typeof PATHS)[number], string>>
  const files = Object.fromEntries(PATHS.flatMap((name) => (given[name] === undefined ? [] : [[name, resolve(base, given[name])]])))
  return { ...entry, ...files, ...('wallet' in entry ? { wallet: walletWithPaths(entry.wallet as WalletEntry[], base) } : {}) }
}
