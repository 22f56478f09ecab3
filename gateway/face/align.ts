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

/** Where samples sit in an output pixel, from its middle: one there, more spread evenly over it. */
const sampleOffsets = (samples: number): Float64Array => Float64Array.from({ length: samples }, (_, index) => (index + 0.5) / samples - 0.5)

/** True where every sample has its four neighbours well inside the picture: the corners of the output do. */
function liesInside({ a, b, tx, ty }: Similarity, input: ImageInput, { width, height }: Picture): boolean {
  const corners = [[-0.5, -0.5], [input.width, -0.5], [-0.5, input.height], [input.width, input.height]] as const
  return corners.every(([u, v]) => {
    const [x, y] = [a * u - b * v + tx, b * u + a * v + ty]
    return x >= 1 && y >= 1 && x < width - 2 && y < height - 2
  })
}

/**
 * Fills `tensor` through `toPicture`, which maps a pixel of the net's input to the picture. Bilinear; black outside.
 */
export function warp(tensor: Float32Array, picture: Picture, input: ImageInput, toPicture: Similarity): void {
  if (liesInside(toPicture, input, picture)) warpInside(tensor, picture, input, toPicture)
  else warpOverEdges(tensor, picture, input, toPicture)
}

/** As `warpOverEdges`, bit for bit, without its questions: two pixels side by side come with two reads. */
function warpInside(tensor: Float32Array, { data, width }: Picture, input: ImageInput, { a, b, tx, ty }: Similarity): void {
  const offsets = sampleOffsets(samplesPerAxis(Math.hypot(a, b)))
  const { red, green, blue, factor, offset } = pixelWriter(input)
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const share = 1 / (offsets.length * offsets.length)
  for (let y = 0, to = 0; y < input.height; y++) {
    for (let x = 0; x < input.width; x++, to++) {
      let r = 0
      let g = 0
      let l = 0
      for (let down = 0; down < offsets.length; down++) {
        const v = y + (offsets[down] as number)
        for (let across = 0; across < offsets.length; across++) {
          const u = x + (offsets[across] as number)
          const sourceX = a * u - b * v + tx
          const sourceY = b * u + a * v + ty
          const left = sourceX | 0
          const top = sourceY | 0
          const wr = sourceX - left
          const wb = sourceY - top
          const wl = 1 - wr
          const wt = 1 - wb
          const upper = (top * width + left) * 3
          const lower = upper + width * 3
          const p = bytes.getUint32(upper, true)
          const q = bytes.getUint32(upper + 3, true)
          const s = bytes.getUint32(lower, true)
          const t = bytes.getUint32(lower + 3, true)
          const wp = wl * wt
          const wq = wr * wt
          const ws = wl * wb
          const wu = wr * wb
          r += (p & 255) * wp + (q & 255) * wq + (s & 255) * ws + (t & 255) * wu
          g += ((p >>> 8) & 255) * wp + ((q >>> 8) & 255) * wq + ((s >>> 8) & 255) * ws + ((t >>> 8) & 255) * wu
          l += ((p >>> 16) & 255) * wp + ((q >>> 16) & 255) * wq + ((s >>> 16) & 255) * ws + ((t >>> 16) & 255) * wu
        }
      }
      tensor[red + to] = r * share * factor + offset
      tensor[green + to] = g * share * factor + offset
      tensor[blue + to] = l * share * factor + offset
    }
  }
}

function warpOverEdges(tensor: Float32Array, picture: Picture, input: ImageInput, toPicture: Similarity): void {
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
