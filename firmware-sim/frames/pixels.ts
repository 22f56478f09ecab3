import type { RandomSource } from '#kernel/random.js'

/** RGB pixels with the frame coordinates of their upper left corner; may lie partly outside. */
export interface Placed {
  readonly pixels: Buffer
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
}

export interface Light {
  /** Exposure: 1 leaves the brightness as it is. */
  readonly gain: number
  /** Standard deviation of the sensor's noise, in steps of 0 to 255. */
  readonly noiseSigma: number
}

/** What a sensor makes of brightness: a table by value, and noise to walk through from any place. */
export interface Exposure {
  readonly bright: Int16Array
  readonly grain: Int16Array
}

/** A prime length, so that the pattern does not repeat in rows. */
const NOISE_LENGTH = 65_537

/** Normally distributed values of standard deviation 1 (sum of 12 uniform ones). */
export function noiseTable(random: RandomSource): Float32Array {
  const table = new Float32Array(NOISE_LENGTH)
  for (let i = 0; i < NOISE_LENGTH; i++) {
    let sum = -6
    for (let j = 0; j < 12; j++) sum += random.float()
    table[i] = sum
  }
  return table
}

export function exposureOf(light: Light, noise: Float32Array): Exposure {
  const bright = Int16Array.from({ length: 256 }, (_, value) => Math.round(value * light.gain))
  const grain = new Int16Array(noise.length)
  for (let i = 0; i < grain.length; i++) grain[i] = Math.round((noise[i] as number) * light.noiseSigma)
  return { bright, grain }
}

/** Applies exposure and noise to RGB pixels, in place, clamped to 0…255. */
export function expose(pixels: Uint8ClampedArray, { bright, grain }: Exposure, grainStart: number): void {
  let at = grainStart % grain.length
  for (let i = 0; i < pixels.length; i++) {
    if (++at === grain.length) at = 0
    pixels[i] = (bright[pixels[i] as number] as number) + (grain[at] as number)
  }
}

/** Half-axes within which a cut-out is opaque; from there it fades to nothing at its edge. */
const OPAQUE_RADIUS = 0.8
const OPAQUE_RADIUS_4 = OPAQUE_RADIUS ** 4

/** Fourth powers of the distances from the middle, -1 to 1, of `length` pixels: their sum makes a rounded rectangle. */
function fromMiddle(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => (((index + 0.5) / length) * 2 - 1) ** 4)
}

const opacity = (radius4: number): number =>
  radius4 <= OPAQUE_RADIUS_4 ? 1 : Math.max(0, (1 - Math.sqrt(Math.sqrt(radius4))) / (1 - OPAQUE_RADIUS))

/** Lays a cut-out with a soft edge, exposed as the frame is, over the RGB of a frame that is `size` large, in place. */
export function blend(
  frame: Uint8ClampedArray, size: { width: number; height: number }, over: Placed, { bright, grain }: Exposure, grainStart: number,
): void {
  const fromX = Math.max(0, over.left)
  const toX = Math.min(size.width, over.left + over.width)
  const fromY = Math.max(0, over.top)
  const toY = Math.min(size.height, over.top + over.height)
  const columns = fromMiddle(over.width)
  const rows = fromMiddle(over.height)
  let at = grainStart % grain.length
  for (let y = fromY; y < toY; y++) {
    const row = rows[y - over.top] as number
    let source = ((y - over.top) * over.width + fromX - over.left) * 3
    let target = (y * size.width + fromX) * 3
    for (let x = fromX; x < toX; x++, source += 3, target += 3) {
      const alpha = opacity(row + (columns[x - over.left] as number))
      for (let channel = 0; channel < 3; channel++) {
        if (++at === grain.length) at = 0
        const exposed = (bright[over.pixels[source + channel] as number] as number) + (grain[at] as number)
        const below = frame[target + channel] as number
        frame[target + channel] = below + (exposed - below) * alpha
      }
    }
  }
}
