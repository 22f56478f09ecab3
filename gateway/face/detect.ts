import type { DetectSpec } from './manifest-schema.js'
import type { Picture } from './picture.js'
import { createResampler } from './resample.js'
import type { Net } from './session.js'
import type { FaceBox } from './types.js'

export interface DetectLimits {
  readonly detectScoreMin: number
  readonly detectOverlapMax: number
}

export interface Detector {
  /** All faces of the picture, highest first. */
  detect(picture: Picture): Promise<readonly FaceBox[]>
}

/** How the picture lies in the net's canvas: scaled by `scale` canvas pixels a picture pixel, from (`x`, `y`). */
interface Letterbox {
  readonly scale: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export function createDetector(net: Net, spec: DetectSpec, limits: DetectLimits): Detector {
  const resampler = createResampler(spec.input)
  const [scores, boxes] = net.outputs as [Float32Array, Float32Array]
  const borderValue = (spec.border - spec.input.subtract) / spec.input.divide
  let shape = ''
  return {
    async detect(picture) {
      const box = letterbox(picture, spec.input)
      const nextShape = `${picture.width}x${picture.height}`
      // Borders stay while pictures keep their shape, as a camera's do.
      if (nextShape !== shape) net.input.fill(borderValue)
      shape = nextShape
      const source = { left: 0, top: 0, width: picture.width, height: picture.height }
      resampler.into(net.input, picture, source, box)
      await net.run()
      const found = candidates(scores, boxes, limits.detectScoreMin, (x, y) => [(x * spec.input.width - box.x) / box.scale, (y * spec.input.height - box.y) / box.scale])
      return withoutOverlaps(found, limits.detectOverlapMax).sort((a, b) => (b.bottom - b.top) - (a.bottom - a.top))
    },
  }
}

function letterbox(picture: Picture, canvas: { width: number; height: number }): Letterbox {
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height)
  const width = Math.max(1, Math.min(canvas.width, Math.round(picture.width * scale)))
  const height = Math.max(1, Math.min(canvas.height, Math.round(picture.height * scale)))
  return { scale, width, height, x: Math.floor((canvas.width - width) / 2), y: Math.floor((canvas.height - height) / 2) }
}

function candidates(scores: Float32Array, boxes: Float32Array, scoreMin: number, toPicture: (x: number, y: number) => [number, number]): FaceBox[] {
  const found: FaceBox[] = []
  for (let i = 0; i * 2 < scores.length; i++) {
    const score = scores[i * 2 + 1] as number
    if (!(score > scoreMin)) continue
    const [left, top] = toPicture(boxes[i * 4] as number, boxes[i * 4 + 1] as number)
    const [right, bottom] = toPicture(boxes[i * 4 + 2] as number, boxes[i * 4 + 3] as number)
    if (right > left && bottom > top) found.push({ left, top, right, bottom, score })
  }
  return found
}

const area = (box: FaceBox): number => (box.right - box.left) * (box.bottom - box.top)

/** Intersection over union of two boxes, 0 to 1. */
export function overlap(a: FaceBox, b: FaceBox): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  if (width <= 0 || height <= 0) return 0
  return (width * height) / (area(a) + area(b) - width * height)
}

/** Of boxes that overlap by more than `overlapMax` the one with the highest score. */
export function withoutOverlaps(boxes: readonly FaceBox[], overlapMax: number): FaceBox[] {
  const kept: FaceBox[] = []
  for (const box of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlap(box, other) <= overlapMax)) kept.push(box)
  }
  return kept
}
