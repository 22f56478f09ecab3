import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Type, type Static } from 'typebox'
import { parseJson, schemaError } from '#contract/codec.js'
import { Closed, Slug } from '#contract/wire-types.js'
import { failSim } from '../errors.js'
import { FACE_TABLE } from '../frames/face-table.js'

const Path = Type.String({ minLength: 1, maxLength: 4_096 })
const FaceId = Type.Unsafe<string>(Type.Union(FACE_TABLE.map((face) => Type.Literal(face.faceId))))
const FaceIds = Type.Array(FaceId, { maxItems: FACE_TABLE.length })
const Share = Type.Number({ minimum: 0, maximum: 1 })

const connection = {
  id: Slug, estateId: Slug,
  url: Type.String({ pattern: '^mqtts://[^/\\s]+$', description: 'mqtts://host:port' }),
  caFile: Path, certFile: Path, keyFile: Path,
  faults: Type.Optional(Type.String({ maxLength: 200 })),
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
export const DevicesFile = Closed({
  devices: Type.Array(Type.Union([CameraEntry, ControllerEntry]), { minItems: 1, maxItems: 500 }),
})

export type CameraEntry = Static<typeof CameraEntry>
export type ControllerEntry = Static<typeof ControllerEntry>
export type DeviceEntry = CameraEntry | ControllerEntry

/** What is wrong with one entry, by the schema of its own kind, or undefined. */
function entryError(entry: unknown, index: number): string | undefined {
  const kind = typeof entry === 'object' && entry !== null && 'kind' in entry ? entry.kind : undefined
  if (kind !== 'camera' && kind !== 'controller') return `/devices/${index}/kind: "camera" or "controller"`
  const error = schemaError(kind === 'camera' ? CameraEntry : ControllerEntry, entry)
  return error === undefined ? undefined : `/devices/${index}${error.replace('(root)', '')}`
}

/**
 * Reads a devices file. Paths in it are relative to the file.
 * @throws AppError SIM_USAGE naming every wrong entry
 */
export function readDevicesFile(path: string): DeviceEntry[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw failSim('SIM_USAGE', { option: '--devices', file: path, reason: 'cannot be read' }, cause)
  }
  const parsed = parseJson<{ devices?: unknown }>(Type.Object({}), text)
  if (!parsed.ok) throw failSim('SIM_USAGE', { option: '--devices', errors: [parsed.error] })
  const entries = Array.isArray(parsed.value.devices) ? parsed.value.devices as unknown[] : []
  const errors = entries.flatMap((entry, index) => entryError(entry, index) ?? [])
  const whole = errors.length > 0 ? undefined : schemaError(DevicesFile, parsed.value)
  if (whole !== undefined) errors.push(whole)
  if (errors.length > 0) throw failSim('SIM_USAGE', { option: '--devices', file: path, errors })
  const base = dirname(path)
  return (entries as DeviceEntry[]).map((entry) => ({
    ...entry, caFile: resolve(base, entry.caFile), certFile: resolve(base, entry.certFile), keyFile: resolve(base, entry.keyFile),
    ...('framesDir' in entry && entry.framesDir !== undefined ? { framesDir: resolve(base, entry.framesDir) } : {}),
  }))
}
