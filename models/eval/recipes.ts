import type { Landmarks } from '../../gateway/face/landmark.js'
import type { Picture } from '../../gateway/face/picture.js'
import type { FaceBox } from '../../gateway/face/types.js'
import { EXPERIMENTS } from './experiments.js'
import type { Stages } from './stages.js'

/** How an embedding comes from a face: as a gate does it, as enrolment does it, or as an experiment would. */
export interface Recipe {
  readonly says: string
  embed(stages: Stages, picture: Picture, box: FaceBox, landmarks: Landmarks): Promise<Float32Array | undefined>
}

/** Every recipe by its name: those of the product, and those that were tried. */
export const RECIPES = {
  gate: { says: 'as a gate does it', embed: ({ embedder }, picture, _box, { five }) => embedder.embed(picture, five) },
  enrol: { says: 'as enrolment does it', embed: ({ embedder }, picture, _box, { five }) => embedder.enrol(picture, five) },
  ...EXPERIMENTS,
} as const satisfies Record<string, Recipe>

export type RecipeName = keyof typeof RECIPES
