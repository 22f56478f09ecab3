import { fitSimilarity, invert, warp } from './align.js'
import { mirrorRows } from './filter.js'
import type { FivePoints } from './landmark.js'
import type { EmbedSpec } from './manifest-schema.js'
import type { Picture, Point } from './picture.js'
import type { Net } from './session.js'

export interface Embedder {
  /** L2-normalised embedding of the face with these five points, or undefined where they span no face. */
  embed(picture: Picture, five: FivePoints): Promise<Float32Array | undefined>
  /** The same for a template, in twice the time: the mean of the face and of its mirror image, which is nearer to other pictures of the person. */
  enrol(picture: Picture, five: FivePoints): Promise<Float32Array | undefined>
}

export function createEmbedder(net: Net, spec: EmbedSpec): Embedder {
  const [output] = net.outputs as [Float32Array]
  const template: Point[] = spec.template.map(([x, y]) => ({ x: x as number, y: y as number }))
  const align = (picture: Picture, five: FivePoints): boolean => {
    const toTemplate = fitSimilarity(five, template)
    const toPicture = toTemplate && invert(toTemplate)
    if (toPicture === undefined) return false
    warp(net.input, picture, spec.input, toPicture)
    return true
  }
  const run = async (): Promise<Float32Array | undefined> => {
    await net.run()
    return normalised(output)
  }
  return {
    async embed(picture, five) {
      return align(picture, five) ? run() : undefined
    },
    async enrol(picture, five) {
      if (!align(picture, five)) return undefined
      const seen = await run()
      mirrorRows(net.input, spec.input.width)
      const mirrored = await run()
      return seen && mirrored && normalised(seen.map((value, index) => value + (mirrored[index] as number)))
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
