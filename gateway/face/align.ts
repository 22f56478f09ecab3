import type { ImageInput } from './manifest-schema.js'
import type { Picture, Point } from './picture.js'
import { pixelWriter, samplesPerAxis } from './resample.js'

/** Rotation, uniform scale and shift: x' = a·x − b·y + tx, y' = b·x + a·y + ty. */
export interface Similarity {
  readonly a: number
  readonly b: number
  readonly tx: number
  readonly ty: number
}

/**
 * The similarity that brings `from` nearest to `to` by least squares. Undefined where all of `from` is one point.
 * @see Umeyama, IEEE TPAMI 13(4), 1991; without reflections the plane has this closed form
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity | undefined {
  const middle = (points: readonly Point[]): Point => ({
    x: points.reduce((sum, point) => sum + point.x, 0) / points.length,
    y: points.reduce((sum, point) => sum + point.y, 0) / points.length,
  })
  const [origin, goal] = [middle(from), middle(to)]
  let along = 0
  let across = 0
  let spread = 0
  from.forEach((point, index) => {
    const target = to[index] as Point
    const [x, y] = [point.x - origin.x, point.y - origin.y]
    const [u, v] = [target.x - goal.x, target.y - goal.y]
    along += x * u + y * v
    across += x * v - y * u
    spread += x * x + y * y
  })
  if (spread === 0) return undefined
  const [a, b] = [along / spread, across / spread]
  return { a, b, tx: goal.x - a * origin.x + b * origin.y, ty: goal.y - b * origin.x - a * origin.y }
}

/** Undefined where the similarity shrinks everything to a point. */
export function invert({ a, b, tx, ty }: Similarity): Similarity | undefined {
  const square = a * a + b * b
  if (square === 0) return undefined
  return { a: a / square, b: -b / square, tx: -(a * tx + b * ty) / square, ty: (b * tx - a * ty) / square }
}

/**
 * Fills `tensor` through `toPicture`, which maps a pixel of the net's input to the picture. Bilinear; black outside.
 */
export function warp(tensor: Float32Array, picture: Picture, input: ImageInput, toPicture: Similarity): void {
  const { a, b, tx, ty } = toPicture
  const samples = samplesPerAxis(Math.hypot(a, b))
  const { red, green, blue, factor, offset } = pixelWriter(input)
  const { data, width, height } = picture
  const share = 1 / (samples * samples)
  for (let y = 0, to = 0; y < input.height; y++) {
    for (let x = 0; x < input.width; x++, to++) {
      let r = 0
      let g = 0
      let l = 0
      for (let sample = 0; sample < samples * samples; sample++) {
        // One sample sits in the middle of the output pixel, more are spread evenly over it.
        const u = x + ((sample % samples) + 0.5) / samples - 0.5
        const v = y + (Math.floor(sample / samples) + 0.5) / samples - 0.5
        const sourceX = a * u - b * v + tx
        const sourceY = b * u + a * v + ty
        const left = Math.floor(sourceX)
        const top = Math.floor(sourceY)
        if (left < -1 || top < -1 || left >= width || top >= height) continue
        const across = sourceX - left
        const down = sourceY - top
        // A neighbour outside the picture is black: its weight becomes zero and its index any valid one.
        const wl = left >= 0 ? 1 - across : 0
        const wr = left + 1 < width ? across : 0
        const wt = top >= 0 ? 1 - down : 0
        const wb = top + 1 < height ? down : 0
        const upper = (top >= 0 ? top : 0) * width
        const lower = (top + 1 < height ? top + 1 : top) * width
        const first = left >= 0 ? left : 0
        const second = left + 1 < width ? left + 1 : left
        const p = (upper + first) * 3
        const q = (upper + second) * 3
        const s = (lower + first) * 3
        const t = (lower + second) * 3
        const wp = wl * wt
        const wq = wr * wt
        const ws = wl * wb
        const wu = wr * wb
        r += (data[p] as number) * wp + (data[q] as number) * wq + (data[s] as number) * ws + (data[t] as number) * wu
        g += (data[p + 1] as number) * wp + (data[q + 1] as number) * wq + (data[s + 1] as number) * ws + (data[t + 1] as number) * wu
        l += (data[p + 2] as number) * wp + (data[q + 2] as number) * wq + (data[s + 2] as number) * ws + (data[t + 2] as number) * wu
      }
      tensor[red + to] = r * share * factor + offset
      tensor[green + to] = g * share * factor + offset
      tensor[blue + to] = l * share * factor + offset
    }
  }
}
