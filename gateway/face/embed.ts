import { fitSimilarity, invert, warp } from './align.js'
import type { FivePoints } from './landmark.js'
import type { EmbedSpec } from './manifest-schema.js'
import type { Picture, Point } from './picture.js'
import type { Net } from './session.js'

export interface Embedder {
  /** L2-normalised embedding of the face with these five points, or undefined where they span no face. */
  embed(picture: Picture, five: FivePoints): Promise<Float32Array | undefined>
}

export function createEmbedder(net: Net, spec: EmbedSpec): Embedder {
  const [output] = net.outputs as [Float32Array]
  const template: Point[] = spec.template.map(([x, y]) => ({ x: x as number, y: y as number }))
  return {
    async embed(picture, five) {
      const toTemplate = fitSimilarity(five, template)
      const toPicture = toTemplate && invert(toTemplate)
      if (toPicture === undefined) return undefined
      warp(net.input, picture, spec.input, toPicture)
      await net.run()
      return normalised(output)
    },
  }
}

/** A copy of length one, or undefined for a vector without a direction. */
export function normalised(vector: Float32Array): Float32Array | undefined {
  let square = 0
  for (const value of vector) square += value * value
  const length = Math.sqrt(square)
  return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : undefined
}
