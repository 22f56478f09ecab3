import type { Rewrite } from '../gateway/face/manifest-schema.js'
import { parseOnnx, serialiseOnnx, type OnnxModel } from './onnx-graph.js'
import { replacePRelu } from './prelu.js'
import { zeroTinyWeights } from './tiny-weights.js'

/** Each changes a graph in place to an equal one that runs faster, and returns how many places it changed. */
const REWRITES: Record<Rewrite, (model: OnnxModel) => number> = {
  prelu: replacePRelu,
  'tiny-weights': zeroTinyWeights,
}

/** Applies the named rewrites in their order. The result is the same on every machine. */
export function rewrite(bytes: Uint8Array, names: readonly Rewrite[]): { bytes: Uint8Array; changed: ReadonlyMap<Rewrite, number> } {
  if (names.length === 0) return { bytes, changed: new Map() }
  const model = parseOnnx(bytes)
  const changed = new Map(names.map((name) => [name, REWRITES[name](model)]))
  return { bytes: serialiseOnnx(model), changed }
}
