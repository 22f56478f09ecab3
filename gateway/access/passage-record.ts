import type { PassageV2 } from '#contract/passage-record.js'
import type { GateV1 } from '#contract/sync-roster.js'
import type { RecordStamp } from '#kernel/record-stamp.js'
import type { FaceOutcome } from '../face/types.js'
import type { DecidedOutcome, Decision } from './policy.js'
import type { SeenFrame } from './ports.js'

const MILLISECONDS_MAX = 600_000

/** A cosine computed in floats may leave its range by the last bit; the record may not. */
const within = (value: number | null, min: number, max: number): number | null =>
  value === null || Number.isNaN(value) ? null : Math.round(Math.min(max, Math.max(min, value)) * 10_000) / 10_000

const milliseconds = (value: number): number => Math.round(Math.min(MILLISECONDS_MAX, Math.max(0, value)) * 1_000) / 1_000

/** Milliseconds since capture: since receipt by the gateway's clock, and what the camera's own clock adds to it. */
export const frameAgeOf = (frame: SeenFrame, lagMs: number, nowMonoMs: number): number =>
  Math.max(0, nowMonoMs - frame.receivedMonoMs) + Math.max(0, lagMs)

/**
 * Stages with the time between them: `queue` is what passed from receipt to outcome outside of the face's stages.
 * @param outcomeMs the gateway's monotonic clock when the outcome arrived
 */
export function timingsOf(frame: SeenFrame, outcome: FaceOutcome, outcomeMs: number, decidedMs: number): Record<string, number> {
  const stages = Object.entries(outcome.timings).map(([stage, ms]): [string, number] => [stage, milliseconds(ms)])
  const inStages = stages.reduce((sum, [, ms]) => sum + ms, 0)
  return Object.fromEntries([
    ...stages, ['queue', milliseconds(outcomeMs - frame.receivedMonoMs - inStages)], ['decide', milliseconds(decidedMs - outcomeMs)],
  ])
}

/** One frame with everything that was found and decided about it. */
export interface DecidedFrame {
  readonly frame: SeenFrame
  readonly outcome: DecidedOutcome
  readonly gate: GateV1 | undefined
  readonly decision: Decision
  readonly lagMs: number
  readonly frameAgeMs: number
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>
}

/**
 * The record of one decision, pseudonymous: a person who was not recognised, or has no consent, has no reference in it.
 * @throws RangeError where the camera watches no gate: then there is no passage
 */
export function passageRecord(passage: DecidedFrame & { stamp: RecordStamp; passageId: string; modelId: string }): PassageV2 {
  const { decision, outcome, frame, gate } = passage
  if (gate === undefined) throw new RangeError('a passage needs a gate')
  const scores = outcome.kind === 'failed' ? undefined : outcome.scores
  return {
    kind: 'passage.v2',
    ...passage.stamp,
    passageId: passage.passageId,
    gateId: gate.gateId,
    deviceId: frame.cameraId,
    seenId: frame.frameId,
    way: 'face',
    direction: 'in',
    result: decision.kind,
    reason: decision.kind === 'refused' ? decision.reason : null,
    remarks: [],
    personRef: decision.personRef,
    permitId: decision.permitId,
    credentialId: null,
    visitId: null,
    operatorRef: null,
    override: null,
    score: within(scores?.score ?? null, -1, 1),
    margin: within(scores?.margin ?? null, 0, 2),
    threshold: within(scores?.threshold ?? null, 0, 1),
    liveness: within(scores?.liveness ?? null, 0, 1),
    gallerySize: scores?.gallerySize ?? null,
    modelId: passage.modelId,
    ageMs: milliseconds(passage.frameAgeMs),
    waitMs: null,
    attempts: 1,
    timings: passage.timings,
  }
}
