import { type RandomSource, seededRandom } from '#kernel/random.js'
import type { Figure, FrameSpec } from './frame-factory.js'

/** Who comes to the gate, before which scene. The same plan gives the same frames. */
export interface PassagePlan {
  /** One face, or two persons who come together; none for the empty scene. */
  readonly faceIds: readonly string[]
  readonly scene: number
  readonly variant: number
}

/** Backgrounds of different noise, in turn; as many frames has the empty scene between passages. */
const BACKGROUNDS = 2

const between = (random: RandomSource, low: number, high: number): number => low + random.float() * (high - low)

/** FNV-1a: a number for a text, the same everywhere. */
export function textSeed(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

export const planKey = (plan: PassagePlan): string => `${plan.faceIds.join('+')}@${plan.scene}#${plan.variant}`

interface Walk {
  readonly fromX: number
  readonly toX: number
  readonly fromY: number
  readonly toY: number
  readonly nearPx: number
}

/** From 110 px face height in the distance to 180…260 px before the camera. */
function walkOf(random: RandomSource, index: number, people: number): Walk {
  const lane = people === 1 ? between(random, 0.35, 0.65) : index === 0 ? 0.3 : 0.7
  return {
    fromX: lane + between(random, -0.15, 0.15), toX: lane + between(random, -0.04, 0.04),
    fromY: between(random, 0.38, 0.46), toY: between(random, 0.4, 0.5),
    nearPx: between(random, 180, people === 1 ? 260 : 220),
  }
}

const FAR_PX = 110

function figureAt(faceId: string, walk: Walk, progress: number, sway: number, blurSigma: number): Figure {
  const eased = progress * progress * (3 - 2 * progress)
  return {
    faceId,
    x: walk.fromX + (walk.toX - walk.fromX) * eased + sway * 0.006,
    y: walk.fromY + (walk.toY - walk.fromY) * eased + sway * 0.004,
    faceHeightPx: FAR_PX + (walk.nearPx - FAR_PX) * eased,
    blurSigma,
  }
}

/**
 * The frames of one passage at `fps`: 1 to 2 s of approach, then 0.5 to 1 s standing before the gate. Light and noise
 * vary by passage, place and focus by frame; who walks is less sharp than who stands.
 */
export function passageSpecs(plan: PassagePlan, fps: number): FrameSpec[] {
  const seed = textSeed(planKey(plan))
  const random = seededRandom(seed)
  const light = { gain: between(random, 0.55, 1.25), noiseSigma: between(random, 0.8, 2.6) }
  const quality = Math.round(between(random, 70, 85))
  const spec = (frame: number, figures: Figure[]): FrameSpec =>
    ({ scene: plan.scene, figures, light, quality, backgroundSeed: seed + (frame % BACKGROUNDS), seed: seed + frame })
  if (plan.faceIds.length === 0) return Array.from({ length: BACKGROUNDS }, (_, frame) => spec(frame, []))

  const walks = plan.faceIds.map((_, index) => walkOf(random, index, plan.faceIds.length))
  const approach = Math.max(2, Math.round(between(random, 1, 2) * fps))
  const standing = Math.max(1, Math.round(between(random, 0.5, 1) * fps))
  const walkingBlur = between(random, 0.3, 1)
  return Array.from({ length: approach + standing }, (_, frame) => {
    const progress = Math.min(1, frame / approach)
    const blurSigma = progress < 1 ? walkingBlur : between(random, 0, 0.5)
    const figures = plan.faceIds.map((faceId, index) =>
      figureAt(faceId, walks[index] as Walk, progress, between(random, -1, 1), blurSigma))
    return spec(frame, figures)
  })
}
