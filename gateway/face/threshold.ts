import type { FaceSettings } from './manifest-schema.js'
import type { MatchLimits } from './match.js'

export type StrangerTail = FaceSettings['strangerTail']
export type DecisionSettings = Pick<FaceSettings, 'matchThreshold' | 'marginMin' | 'lookAlikeMarginMin' | 'falseAcceptRate' | 'strangerTail'>

export interface ThresholdRule {
  readonly tail: StrangerTail
  /** Part of strangers' passages that may be let in. */
  readonly falseAcceptRate: number
  /** Never lower, however few persons: the tail was measured on other people than those at this gate. */
  readonly floor: number
}

/** Where a cosine says nothing more: the same picture again. */
const CEILING = 0.95
/** From here on the shape counts as zero: the general formula would divide by it. */
const SHAPE_ZERO = 1e-6

/**
 * The cosine that a face must reach among `gallerySize` persons so that at most `falseAcceptRate` of strangers do. Chances add up over
 * persons, so the tail's rate grows in proportion to their number; the result never falls where `gallerySize` grows.
 * @returns 0.95 at most
 * @throws RangeError where `gallerySize` is no whole number from 0
 */
export function thresholdFor(gallerySize: number, { tail, falseAcceptRate, floor }: ThresholdRule): number {
  if (!Number.isSafeInteger(gallerySize) || gallerySize < 0) throw new RangeError(`${gallerySize} is no number of persons`)
  const times = (tail.rate * gallerySize) / (tail.persons * falseAcceptRate)
  // Nothing is known below where the tail begins.
  if (times <= 1) return Math.max(floor, Math.min(tail.from, CEILING))
  const beyond = Math.abs(tail.shape) < SHAPE_ZERO ? Math.log(times) : (times ** tail.shape - 1) / tail.shape
  return Math.max(floor, Math.min(tail.from + tail.scale * beyond, CEILING))
}

/** The limits of a decision among so many persons: see `verdict`. */
export const limitsFor = (
  gallerySize: number, { matchThreshold, marginMin, lookAlikeMarginMin, falseAcceptRate, strangerTail }: DecisionSettings,
): MatchLimits => ({
  matchThreshold: thresholdFor(gallerySize, { tail: strangerTail, falseAcceptRate, floor: matchThreshold }), marginMin, lookAlikeMarginMin,
})
