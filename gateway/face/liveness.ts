import { createSharpener, mirrorRows } from './filter.js'
import type { LivenessSpec } from './manifest-schema.js'
import type { Picture, Rect } from './picture.js'
import { createResampler } from './resample.js'
import type { Net } from './session.js'
import type { FaceBox } from './types.js'

export interface LivenessCheck {
  /**
   * Probability of class "live" on this one frame, 0 to 1. Print and screen are the other classes; it is one signal.
   * @param turn which frame of its passage it is, from 0: it chooses the look
   */
  probability(picture: Picture, box: FaceBox, turn: number): Promise<number>
}

const MIDDLE_GREY = 127

export function createLivenessCheck(net: Net, spec: LivenessSpec): LivenessCheck {
  const { subtract, divide } = spec.input
  const looks = spec.looks.map(({ cropScale, contrast }) => ({
    cropScale,
    // ((v − grey) · contrast + grey − subtract) / divide, as one subtraction and one division.
    resampler: createResampler({ ...spec.input, subtract: MIDDLE_GREY - (MIDDLE_GREY - subtract) / contrast, divide: divide / contrast }),
  }))
  const [logits] = net.outputs as [Float32Array]
  const sharpen = createSharpener(spec.input, spec.sharpen)
  const window = { x: 0, y: 0, width: spec.input.width, height: spec.input.height }
  return {
    async probability(picture, box, turn) {
      const { resampler, cropScale } = looks[turn % looks.length] as (typeof looks)[number]
      resampler.into(net.input, picture, contextSquare(picture, box, cropScale), window)
      if (spec.mirrored) mirrorRows(net.input, spec.input.width)
      sharpen(net.input)
      await net.run()
      return softmaxAt(logits, spec.liveClass)
    },
  }
}

/** A square on the box's height times `scale`, made smaller and shifted as far as it must be to lie in the picture. */
export function contextSquare(picture: Picture, box: FaceBox, scale: number): Rect {
  const side = Math.min((box.bottom - box.top) * scale, picture.width, picture.height)
  const inside = (middle: number, limit: number): number => Math.min(Math.max(middle - side / 2, 0), limit - side)
  return {
    left: inside((box.left + box.right) / 2, picture.width),
    top: inside((box.top + box.bottom) / 2, picture.height),
    width: side,
    height: side,
  }
}

function softmaxAt(logits: Float32Array, index: number): number {
  const highest = Math.max(...logits)
  let sum = 0
  for (const logit of logits) sum += Math.exp(logit - highest)
  return Math.exp((logits[index] as number) - highest) / sum
}
