import { err, ok, type Result } from '#kernel/result.js'
import type { FivePoints, Landmarks } from './landmark.js'
import type { FaceSettings } from './manifest-schema.js'
import type { FaceBox, FaceQuality, FaceRefusal } from './types.js'

/** What a picture must give before a face in it is looked at; stricter at enrolment than at a gate. */
export interface QualityRules {
  readonly faceHeightPxMin: number
  readonly dominanceMin: number
  readonly insideMin: number
  readonly turnMax: number
  readonly sharpnessMin: number
}

export const gateRules = ({ faceHeightPxMin, dominanceMin, insideMin, turnMax, sharpnessMin }: FaceSettings): QualityRules =>
  ({ faceHeightPxMin, dominanceMin, insideMin, turnMax, sharpnessMin })

export const enrolRules = (settings: FaceSettings): QualityRules => ({
  faceHeightPxMin: settings.enrolFaceHeightPxMin,
  dominanceMin: settings.enrolDominanceMin,
  insideMin: settings.insideMin,
  turnMax: settings.enrolTurnMax,
  sharpnessMin: settings.enrolSharpnessMin,
})

export interface QualityRefusal {
  readonly reason: FaceRefusal
  readonly detail: string
}

const refusal = (reason: FaceRefusal, detail: string): Result<never, QualityRefusal> => err({ reason, detail })
const heightOf = (box: FaceBox): number => box.bottom - box.top

/**
 * The face that a picture is about. Size comes before number: where nobody is near, a distant crowd is nobody.
 * @param boxes highest first
 */
export function chooseFace(boxes: readonly FaceBox[], rules: QualityRules): Result<FaceBox, QualityRefusal> {
  const [nearest, next] = boxes
  if (nearest === undefined) return refusal('no-face', 'no face found')
  const height = heightOf(nearest)
  if (height < rules.faceHeightPxMin) return refusal('face-too-small', `face ${Math.round(height)} px high, at least ${rules.faceHeightPxMin}`)
  if (next !== undefined && height < heightOf(next) * rules.dominanceMin) {
    return refusal('many-faces', `two faces, ${Math.round(height)} and ${Math.round(heightOf(next))} px high`)
  }
  return ok(nearest)
}

/** What makes a face fit to be compared, measured. */
export const qualityOf = (box: FaceBox, landmarks: Landmarks, picture: { width: number; height: number }): FaceQuality =>
  ({ inside: insidePart(box, picture), turn: turnOf(landmarks.five), sharpness: sharpnessOf(landmarks.crop, landmarks.cropSide) })

/** The first thing that makes this face unfit to be compared, or undefined. */
export function flawOf({ inside, turn, sharpness }: FaceQuality, rules: QualityRules): QualityRefusal | undefined {
  if (inside < rules.insideMin) return { reason: 'poor-quality', detail: `cut off: ${percent(inside)} of the face in the picture, at least ${percent(rules.insideMin)}` }
  if (!(turn <= rules.turnMax)) return { reason: 'poor-quality', detail: `turned away: ${turn.toFixed(2)}, at most ${rules.turnMax}` }
  if (sharpness < rules.sharpnessMin) return { reason: 'poor-quality', detail: `blurred: ${sharpness.toFixed(3)}, at least ${rules.sharpnessMin}` }
  return undefined
}

const percent = (part: number): string => `${Math.round(part * 100)} %`

/** Part of the box's area that lies in the picture, 0 to 1. */
export function insidePart(box: FaceBox, picture: { width: number; height: number }): number {
  const width = Math.min(box.right, picture.width) - Math.max(box.left, 0)
  const height = Math.min(box.bottom, picture.height) - Math.max(box.top, 0)
  if (width <= 0 || height <= 0) return 0
  return (width * height) / ((box.right - box.left) * heightOf(box))
}

/** How far the nose tip lies from the middle between the eyes, along their line, in eye distances. 0 is frontal; NaN without eyes. */
export function turnOf([leftEye, rightEye, nose]: FivePoints): number {
  const [x, y] = [rightEye.x - leftEye.x, rightEye.y - leftEye.y]
  const [noseX, noseY] = [nose.x - (leftEye.x + rightEye.x) / 2, nose.y - (leftEye.y + rightEye.y) / 2]
  return Math.abs(noseX * x + noseY * y) / (x * x + y * y)
}

/** Mean edge strength (4-neighbour Laplacian) over the standard deviation of a square luma crop: contrast cancels out. */
export function sharpnessOf(crop: Float32Array, side: number): number {
  let edges = 0
  let sum = 0
  let squares = 0
  for (let y = 1; y < side - 1; y++) {
    for (let i = y * side + 1; i < y * side + side - 1; i++) {
      const value = crop[i] as number
      const around = (crop[i - 1] as number) + (crop[i + 1] as number) + (crop[i - side] as number) + (crop[i + side] as number)
      edges += Math.abs(value - around / 4)
      sum += value
      squares += value * value
    }
  }
  const count = (side - 2) ** 2
  const deviation = Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))
  return deviation > 0 ? edges / count / deviation : 0
}
