import { NET_ROLES, type ModelManifest, type NetRole } from './manifest-schema.js'
import { modelInfo, readManifest, readNetFiles } from './model-manifest.js'
import { netSpec } from './net-spec.js'
import { openNet, type Net } from './session.js'
import type { FaceModelInfo } from './types.js'

/** The four nets of a manifest with their buffers, for one thread and one picture at a time. */
export interface FaceNets {
  readonly manifest: ModelManifest
  readonly info: FaceModelInfo
  readonly nets: Readonly<Record<NetRole, Net>>
  close(): Promise<void>
}

/**
 * Opens the nets beside the manifest and runs each once, so that the first face is not the slow one.
 * @throws GW_FACE_MANIFEST, GW_FACE_MODEL
 */
export async function openFaceNets(manifestPath: string): Promise<FaceNets> {
  const manifest = await readManifest(manifestPath)
  const files = await readNetFiles(manifestPath, manifest)
  const nets: Partial<Record<NetRole, Net>> = {}
  const close = async (): Promise<void> => {
    for (const role of NET_ROLES) await nets[role]?.close()
  }
  try {
    for (const role of NET_ROLES) {
      const net = await openNet(files[role], netSpec(manifest, role))
      nets[role] = net
      await net.run()
    }
  } catch (error) {
    await close()
    throw error
  }
  return { manifest, info: modelInfo(manifest), nets: nets as Record<NetRole, Net>, close }
}
