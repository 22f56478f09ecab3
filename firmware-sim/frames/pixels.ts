import type { RandomSource } from '#kernel/random.js'

/** RGBA pixels with the frame coordinates of their upper left corner; may lie partly outside. */
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

/** Lays RGBA over RGB, in place. */
export function blend(frame: Buffer, frameWidth: number, frameHeight: number, over: Placed): void {
  const fromX = Math.max(0, over.left)
  const toX = Math.min(frameWidth, over.left + over.width)
  const fromY = Math.max(0, over.top)
  const toY = Math.min(frameHeight, over.top + over.height)
  for (let y = fromY; y < toY; y++) {
    let source = ((y - over.top) * over.width + fromX - over.left) * 4
    let target = (y * frameWidth + fromX) * 3
    for (let x = fromX; x < toX; x++, source += 4, target += 3) {
      const alpha = over.pixels[source + 3] ?? 0
      if (alpha === 0) continue
      for (let channel = 0; channel < 3; channel++) {
        const below = frame[target + channel] ?? 0
        frame[target + channel] = below + (((over.pixels[source + channel] ?? 0) - below) * alpha) / 255
      }
    }
  }
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

/** Applies exposure and sensor noise to RGB pixels, in place, clamped to 0…255. */
export function expose(frame: Buffer, light: Light, noise: Float32Array, noiseStart: number): void {
  const pixels = new Uint8ClampedArray(frame.buffer, frame.byteOffset, frame.length)
  const bright = Int16Array.from({ length: 256 }, (_, value) => Math.round(value * light.gain))
  const grain = new Int16Array(noise.length)
  for (let i = 0; i < grain.length; i++) grain[i] = (noise[i] as number) * light.noiseSigma
  let at = noiseStart
  for (let i = 0; i < pixels.length; i++) {
    if (++at >= grain.length) at = 0
    pixels[i] = (bright[pixels[i] as number] as number) + (grain[at] as number)
  }
}
