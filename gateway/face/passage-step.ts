import { verdict, type MatchResult } from './match.js'
import type { FaceSettings } from './manifest-schema.js'
import { limitsFor } from './threshold.js'
import {
  asksLiveness, decideTrack, fusedEmbedding, meanLogOdds, placeOf, withEvidence, type FaceMemory, type Sighting, type TrackStep,
} from './track.js'

/** What a track may ask of the frame's face, in this order, and only where it needs it. */
export interface FaceQuestions {
  /** Log-odds that the face is live, from this frame, the `turn`th of its passage from 0. */
  logOdds(turn: number): Promise<number>
  /** The nearest person to the face of the track, from all of its frames. */
  match(embedding: Float32Array): Promise<MatchResult>
}

export interface PassageStep {
  readonly kind: TrackStep['kind']
  /** What stood in the way; null where matched, and where the attempt of this face is over. */
  readonly reason: TrackStep['reason']
  readonly memory: FaceMemory
  /** Probability of "live" over the frames that were asked; null where none was. */
  readonly liveness: number | null
  /** Null where nobody was searched for. */
  readonly match: MatchResult | null
}

/** One frame of a face, together with those before it: the rules of track.ts from frame to decision. */
export async function passageStep(
  before: FaceMemory, sighting: Sighting, ask: FaceQuestions, settings: FaceSettings,
): Promise<PassageStep> {
  const { memory, cooling } = placeOf(before, sighting, settings)
  if (cooling) return { kind: 'refused', reason: 'not-live', memory, liveness: null, match: null }
  if (memory.track.state === 'spent') return { kind: 'undecided', reason: null, memory, liveness: null, match: null }

  const logOdds = asksLiveness(memory.track) ? await ask.logOdds(memory.track.count) : null
  const track = withEvidence(memory.track, { logOdds, embedding: sighting.embedding }, settings)
  const match = await ask.match(fusedEmbedding(track.frames))
  const mean = meanLogOdds(track)
  return {
    ...decideTrack({ ...memory, track }, verdict(match, limitsFor(match.gallerySize, settings)), settings),
    liveness: mean === null ? null : 1 / (1 + Math.exp(-mean)),
    match,
  }
}
