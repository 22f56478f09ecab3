import type { FaceBox } from '../../gateway/face/types.js'
import { sharpnessOf, turnOf } from '../../gateway/face/quality.js'
import type { Picture } from '../../gateway/face/picture.js'
import { paddingOf, withBorder, type Padding } from './padding.js'
import { RECIPES, type RecipeName } from './recipes.js'
import type { Stages } from './stages.js'

/** Which of several faces is looked at. Serving refuses such a picture; a labelled set names the one in the middle, or the largest. */
export type FaceChoice = 'centre' | 'largest'

/** What the shipped stages see in one picture. */
export interface Look {
  /** Faces found. */
  readonly faces: number
  /** Why nothing was embedded; null where it was. */
  readonly failure: string | null
  readonly box: FaceBox | null
  /** Probability of "live" in each of the ways that frames are looked at in turn, from the picture without its border. */
  readonly liveness: readonly number[] | null
  /** See `turnOf` and `sharpnessOf`. */
  readonly turn: number | null
  readonly sharpness: number | null
  readonly embedding: Float32Array | null
}

export interface LookOptions {
  readonly padding: Padding
  readonly choice: FaceChoice
  readonly recipe: RecipeName
}

const nothing = (faces: number, failure: string): Look =>
  ({ faces, failure, box: null, liveness: null, turn: null, sharpness: null, embedding: null })

/** Looks at one encoded picture. One call at a time: the stages share buffers. */
export async function look(stages: Stages, bytes: Uint8Array, options: LookOptions): Promise<Look> {
  const decoded = await stages.decoder.photo(bytes)
  if (!decoded.ok) return nothing(0, decoded.error)
  const border = paddingOf(options.padding, decoded.value)
  const picture = withBorder(decoded.value, border)
  const boxes = await stages.detector.detect(picture)
  const box = chosen(boxes, picture, options.choice)
  if (box === undefined) return nothing(0, 'no face found')

  const landmarks = await stages.landmarkFinder.find(picture, box)
  const seen = {
    faces: boxes.length,
    box: movedBy(box, -border),
    turn: turnOf(landmarks.five),
    sharpness: sharpnessOf(landmarks.crop, landmarks.cropSide),
    liveness: await livenessInTurn(stages, decoded.value, movedBy(box, -border)),
  }
  const embedding = await RECIPES[options.recipe].embed(stages, picture, box, landmarks)
  return embedding === undefined ? { ...seen, failure: 'the landmarks span no face', embedding: null } : { ...seen, failure: null, embedding }
}

async function livenessInTurn({ livenessCheck, faceNets }: Stages, picture: Picture, box: FaceBox): Promise<number[]> {
  const probabilities: number[] = []
  for (const turn of faceNets.manifest.nets.liveness.looks.keys()) probabilities.push(await livenessCheck.probability(picture, box, turn))
  return probabilities
}

const movedBy = (box: FaceBox, by: number): FaceBox =>
  ({ left: box.left + by, top: box.top + by, right: box.right + by, bottom: box.bottom + by, score: box.score })

/** @param boxes highest first */
function chosen(boxes: readonly FaceBox[], { width, height }: Picture, choice: FaceChoice): FaceBox | undefined {
  if (choice === 'largest') return boxes[0]
  const offCentre = (box: FaceBox): number => Math.hypot(box.left + box.right - width, box.top + box.bottom - height)
  return boxes.toSorted((a, b) => offCentre(a) - offCentre(b))[0]
}
