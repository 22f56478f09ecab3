import type { LandmarkSpec } from './manifest-schema.js'
import type { Picture, Point } from './picture.js'
import { createResampler } from './resample.js'
import type { Net } from './session.js'
import type { FaceBox } from './types.js'

/** Left eye, right eye, nose tip, left and right mouth corner, as seen in the picture. */
export type FivePoints = readonly [Point, Point, Point, Point, Point]

export interface Landmarks {
  readonly five: FivePoints
  /** The net's input: luma of the square crop, 0 to 1, rows of `cropSide`. The next face overwrites it. */
  readonly crop: Float32Array
  readonly cropSide: number
}

export interface LandmarkFinder {
  find(picture: Picture, box: FaceBox): Promise<Landmarks>
}

/** The crop is a square on the box's height with the same middle; it is not clamped to the picture. */
export function createLandmarkFinder(net: Net, spec: LandmarkSpec): LandmarkFinder {
  const resampler = createResampler(spec.input)
  const [output] = net.outputs as [Float32Array]
  const window = { x: 0, y: 0, width: spec.input.width, height: spec.input.height }
  return {
    async find(picture, box) {
      const side = (box.bottom - box.top) * spec.cropScale
      const left = (box.left + box.right - side) / 2
      const top = (box.top + box.bottom - side) / 2
      resampler.into(net.input, picture, { left, top, width: side, height: side }, window)
      await net.run()
      const five = spec.fivePoints.map((group) => ({
        x: left + meanOf(group, output, 0) * side,
        y: top + meanOf(group, output, 1) * side,
      }))
      return { five: five as unknown as FivePoints, crop: net.input, cropSide: spec.input.width }
    },
  }
}

function meanOf(points: readonly number[], output: Float32Array, axis: 0 | 1): number {
  let sum = 0
  for (const point of points) sum += output[point * 2 + axis] as number
  return sum / points.length
}
