import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Compile } from 'typebox/compile'
import { gatewayError } from '../errors.js'
import { FaceSettings, ModelManifest, NET_ROLES, type NetRole } from './manifest-schema.js'
import type { FaceModelInfo } from './types.js'

const check = Compile(ModelManifest)
const settingsCheck = Compile(FaceSettings)
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/**
 * Parses a manifest and checks what a schema cannot say.
 * @throws GW_FACE_MANIFEST naming the field
 */
export function parseManifest(text: string): ModelManifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw gatewayError('GW_FACE_MANIFEST', { field: '(root)', reason: 'not JSON' }, cause)
  }
  if (!check.Check(value)) {
    const first = check.Errors(value)[0]
    throw gatewayError('GW_FACE_MANIFEST', { field: first?.instancePath || '(root)', reason: first?.message ?? 'invalid' })
  }
  const { nets, sources } = value
  const wrong = (field: string, reason: string) => gatewayError('GW_FACE_MANIFEST', { field, reason })
  for (const role of NET_ROLES) {
    if (sources[nets[role].from.source] === undefined) throw wrong(`/nets/${role}/from/source`, 'names no source of this manifest')
  }
  if (nets.liveness.liveClass >= nets.liveness.classes) throw wrong('/nets/liveness/liveClass', 'is none of the classes')
  if (nets.landmark.fivePoints.flat().some((index) => index >= nets.landmark.points)) throw wrong('/nets/landmark/fivePoints', 'names a point that the net does not give')
  for (const role of ['detect', 'liveness', 'embed'] as const) {
    if (nets[role].input.channels === 'luma') throw wrong(`/nets/${role}/input/channels`, 'must be RGB or BGR')
  }
  return value
}

/** Reads a manifest file. @throws GW_FACE_MANIFEST where it is absent or invalid */
export async function readManifest(manifestPath: string): Promise<ModelManifest> {
  let text: string
  try {
    text = await readFile(manifestPath, 'utf8')
  } catch (cause) {
    throw gatewayError('GW_FACE_MANIFEST', { field: '(file)', reason: 'cannot be read', file: manifestPath }, cause)
  }
  return parseManifest(text)
}

/** Thresholds of the manifest with those of the site in their place. @throws GW_FACE_SETTINGS naming the field */
export function faceSettings(manifest: ModelManifest, site: Partial<FaceSettings>): FaceSettings {
  const settings = { ...manifest.settings, ...site }
  if (settingsCheck.Check(settings)) return settings
  const first = settingsCheck.Errors(settings)[0]
  throw gatewayError('GW_FACE_SETTINGS', { field: first?.instancePath || '(root)', reason: first?.message ?? 'invalid' })
}

/** SHA-256 over the digests of the four files in the order of `NET_ROLES`. */
export const modelInfo = (manifest: ModelManifest): FaceModelInfo => ({
  modelId: manifest.modelId,
  digest: sha256(Buffer.from(NET_ROLES.map((role) => manifest.nets[role].sha256).join('\n'))),
  dimensions: manifest.nets.embed.dimensions,
})

export type NetFiles = Readonly<Record<NetRole, Uint8Array>>

/**
 * Bytes of the four nets beside the manifest, each checked against its digest.
 * @throws GW_FACE_MODEL where a file is absent or is not the one that the manifest names
 */
export async function readNetFiles(manifestPath: string, manifest: ModelManifest): Promise<NetFiles> {
  const read = async (role: NetRole): Promise<[NetRole, Uint8Array]> => {
    const { file, sha256: wanted } = manifest.nets[role]
    let bytes: Uint8Array
    try {
      bytes = await readFile(join(dirname(manifestPath), file))
    } catch (cause) {
      throw gatewayError('GW_FACE_MODEL', { file, reason: 'absent: build the models first' }, cause)
    }
    if (sha256(bytes) !== wanted) throw gatewayError('GW_FACE_MODEL', { file, reason: 'its digest is not the one of the manifest' })
    return [role, bytes]
  }
  return Object.fromEntries(await Promise.all(NET_ROLES.map(read))) as Record<NetRole, Uint8Array>
}
