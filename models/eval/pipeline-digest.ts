import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { ModelManifest } from '../../gateway/face/manifest-schema.js'
import { modelInfo } from '../../gateway/face/model-manifest.js'
import { packageRoot } from '../../gateway/package-root.js'
import type { LookOptions } from './look.js'

/** Every module between a file's bytes and its look. */
const MODULES = [
  ...[
    'decode', 'jpeg-header', 'orientation', 'resample', 'detect', 'landmark', 'align', 'filter', 'embed', 'liveness', 'quality', 'session',
  ].map((name) => `../../gateway/face/${name}`),
  './experiments', './look', './padding', './recipes',
]
/** Packages that turn bytes into numbers. */
const PACKAGES = ['@julusian/jpeg-turbo', 'onnxruntime-node', 'sharp']

/**
 * Names everything that a look depends on beside the picture: weights, their description, code, decoders, options. What was
 * kept under one digest is what would be computed again. Hex, 16 characters.
 */
export async function pipelineDigest(manifest: ModelManifest, options: LookOptions): Promise<string> {
  const hash = createHash('sha256')
  const { detectScoreMin, detectOverlapMax } = manifest.settings
  hash.update(JSON.stringify([modelInfo(manifest).digest, manifest.nets, detectScoreMin, detectOverlapMax, options, process.arch]))
  const extension = extname(import.meta.url)
  for (const module of MODULES) hash.update(await readFile(new URL(`${module}${extension}`, import.meta.url)))
  for (const name of PACKAGES) hash.update(await readFile(join(packageRoot(), 'node_modules', name, 'package.json')))
  return hash.digest('hex').slice(0, 16)
}
