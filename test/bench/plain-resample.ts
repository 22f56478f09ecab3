import type { Similarity } from '../../gateway/face/align.js'
import type { ImageInput } from '../../gateway/face/manifest-schema.js'
import type { Picture, Rect } from '../../gateway/face/picture.js'

/** Stores the colour of one output pixel where the net wants it. */
type Store = (tensor: Float32Array, at: number, r: number, g: number, b: number) => void

function storeOf({ width, height, channels, subtract, divide }: ImageInput): Store {
  const plane = width * height
  const scaled = (value: number): number => (value - subtract) / divide
  if (channels === 'luma') return (tensor, at, r, g, b) => { tensor[at] = scaled(0.299 * r + 0.587 * g + 0.114 * b) }
  const [red, blue] = channels === 'RGB' ? [0, 2 * plane] : [2 * plane, 0]
  return (tensor, at, r, g, b) => {
    tensor[red + at] = scaled(r)
    tensor[plane + at] = scaled(g)
    tensor[blue + at] = scaled(b)
  }
}

const clamp = (value: number, limit: number): number => (value < 0 ? 0 : value >= limit ? limit - 1 : value)

/** How many samples an axis gives to one output pixel: one, interpolated, up to a scale of 3; from there a mean. */
const samplesOf = (scale: number): number => (scale < 3 ? 1 : Math.min(16, Math.round(scale / 2)))

/**
 * A rectangle of the picture into a window of the tensor, as the nets want it, written pixel by pixel from the definition.
 * What the shipped resampler is compared with, for speed and for equality.
 */
export function plainResample(tensor: Float32Array, picture: Picture, input: ImageInput, source: Rect, window: { x: number; y: number; width: number; height: number }): void {
  const { data, width, height } = picture
  const store = storeOf(input)
  const [scaleX, scaleY] = [source.width / window.width, source.height / window.height]
  const samples = samplesOf(Math.max(scaleX, scaleY))
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      let r = 0
      let g = 0
      let b = 0
      if (samples === 1) {
        const atX = source.left + (x + 0.5) * scaleX - 0.5
        const atY = source.top + (y + 0.5) * scaleY - 0.5
        const left = Math.floor(atX)
        const top = Math.floor(atY)
        const across = atX - left
        const down = atY - top
        const upper = clamp(top, height) * width
        const lower = clamp(top + 1, height) * width
        const first = clamp(left, width)
        const second = clamp(left + 1, width)
        const p = (upper + first) * 3
        const q = (upper + second) * 3
        const s = (lower + first) * 3
        const t = (lower + second) * 3
        const [wq, ws, wt] = [across * (1 - down), (1 - across) * down, across * down]
        const wp = 1 - wq - ws - wt
        r = (data[p] as number) * wp + (data[q] as number) * wq + (data[s] as number) * ws + (data[t] as number) * wt
        g = (data[p + 1] as number) * wp + (data[q + 1] as number) * wq + (data[s + 1] as number) * ws + (data[t + 1] as number) * wt
        b = (data[p + 2] as number) * wp + (data[q + 2] as number) * wq + (data[s + 2] as number) * ws + (data[t + 2] as number) * wt
      } else {
        for (let v = 0; v < samples; v++) {
          const row = clamp(Math.floor(source.top + ((y * samples + v + 0.5) * scaleY) / samples), height) * width
          for (let u = 0; u < samples; u++) {
            const at = (row + clamp(Math.floor(source.left + ((x * samples + u + 0.5) * scaleX) / samples), width)) * 3
            r += data[at] as number
            g += data[at + 1] as number
            b += data[at + 2] as number
          }
        }
        const share = 1 / (samples * samples)
        r *= share
        g *= share
        b *= share
      }
      store(tensor, (window.y + y) * input.width + window.x + x, r, g, b)
    }
  }
}

/** The picture through a similarity, black outside, written pixel by pixel from the definition. */
export function plainWarp(tensor: Float32Array, picture: Picture, input: ImageInput, { a, b: turn, tx, ty }: Similarity): void {
  const { data, width, height } = picture
  const store = storeOf(input)
  const samples = samplesOf(Math.hypot(a, turn))
  for (let y = 0; y < input.height; y++) {
    for (let x = 0; x < input.width; x++) {
      let r = 0
      let g = 0
      let b = 0
      for (let sample = 0; sample < samples * samples; sample++) {
        const u = x + ((sample % samples) + 0.5) / samples - 0.5
        const v = y + (Math.floor(sample / samples) + 0.5) / samples - 0.5
        const atX = a * u - turn * v + tx
        const atY = turn * u + a * v + ty
        const left = Math.floor(atX)
        const top = Math.floor(atY)
        for (let corner = 0; corner < 4; corner++) {
          const column = left + (corner & 1)
          const row = top + (corner >> 1)
          if (column < 0 || row < 0 || column >= width || row >= height) continue
          const share = ((corner & 1) === 1 ? atX - left : 1 - atX + left) * ((corner >> 1) === 1 ? atY - top : 1 - atY + top)
          const at = (row * width + column) * 3
          r += (data[at] as number) * share
          g += (data[at + 1] as number) * share
          b += (data[at + 2] as number) * share
        }
      }
      const share = 1 / (samples * samples)
      store(tensor, y * input.width + x, r * share, g * share, b * share)
    }
  }
}
