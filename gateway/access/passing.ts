import type { PASSAGE_OUTCOMES } from '#contract/device-messages.js'
import type { OverrideReason, PassageV2, RefusalReason, Way } from '#contract/passage-record.js'
import type { RecordStamp } from '#kernel/record-stamp.js'
import type { FaceScores } from '../face/types.js'
import type { Decision } from './policy.js'
import type { DevicePlace } from './ports.js'

/** What was seen or presented, by the gateway's monotonic clock. */
export interface Sighting {
  readonly deviceId: string
  /** Id of the frame or of the presentation. */
  readonly seenId: string
  readonly receivedMonoMs: number
  /** How old it was at its receipt, by the device's own clock; 0 where that is not known. */
  readonly lagMs: number
}

/** One decision before a gate with everything that was found and decided, whatever the way. */
export interface Passing {
  readonly way: Way
  /** Null where somebody opened by hand. */
  readonly seen: Sighting | null
  /** When it began for the gateway: receipt, or the call. */
  readonly receivedMonoMs: number
  readonly place: DevicePlace | undefined
  readonly decision: Decision
  readonly ageMs: number | null
  /** From the first sight or presentation; null where nobody was seen. */
  readonly waitMs: number | null
  readonly attempts: number
  /** What the face reached, and by which model; null without a face. */
  readonly face: { readonly scores: FaceScores | null; readonly modelId: string } | null
  readonly byHand: { readonly operatorRef: string; readonly override: OverrideReason } | null
  /** Milliseconds by stage. */
  readonly timings: Readonly<Record<string, number>>
  /** Tells whoever waits: the camera's screen, the reader, or nobody. */
  readonly show: (outcome: (typeof PASSAGE_OUTCOMES)[number], reason: RefusalReason | null) => void
}

/** Milliseconds since capture or presentation: since receipt by the gateway's clock, and what the device's own adds to it. */
export const ageOf = (seen: Pick<Sighting, 'receivedMonoMs' | 'lagMs'>, nowMonoMs: number): number =>
  Math.max(0, nowMonoMs - seen.receivedMonoMs) + Math.max(0, seen.lagMs)

const MILLISECONDS_MAX = 600_000
const ATTEMPTS_MAX = 1_000

/** A cosine computed in floats may leave its range by the last bit; the record may not. */
const within = (value: number | null, min: number, max: number): number | null =>
  value === null || Number.isNaN(value) ? null : Math.round(Math.min(max, Math.max(min, value)) * 10_000) / 10_000

/** A duration as records have them: not negative, to the microsecond. */
export const milliseconds = (value: number): number => Math.round(Math.min(MILLISECONDS_MAX, Math.max(0, value)) * 1_000) / 1_000

/**
 * The record of one decision, pseudonymous: a person who was not recognised, or has no consent, has no reference in it.
 * @throws RangeError where there is no gate: then there is no passage
 */
export function passageRecord(passing: Omit<Passing, 'show'>, stamp: RecordStamp, passageId: string): PassageV2 {
  const { place, decision, seen, face, byHand, ageMs, waitMs } = passing
  if (place === undefined) throw new RangeError('a passage needs a gate')
  const scores = face?.scores ?? null
  return {
    kind: 'passage.v2',
    ...stamp,
    passageId,
    gateId: place.gate.gateId,
    deviceId: seen?.deviceId ?? null,
    seenId: seen?.seenId ?? null,
    way: passing.way,
    direction: place.direction,
    result: decision.kind,
    reason: decision.kind === 'refused' ? decision.reason : null,
    remarks: [...decision.remarks],
    personRef: decision.personRef,
    permitId: decision.permitId,
    credentialId: decision.credentialId,
    visitId: decision.visitId,
    operatorRef: byHand?.operatorRef ?? null,
    override: byHand?.override ?? null,
    score: within(scores?.score ?? null, -1, 1),
    margin: within(scores?.margin ?? null, 0, 2),
    threshold: within(scores?.threshold ?? null, 0, 1),
    liveness: within(scores?.liveness ?? null, 0, 1),
    gallerySize: scores?.gallerySize ?? null,
    modelId: face?.modelId ?? null,
    ageMs: ageMs === null ? null : milliseconds(ageMs),
    waitMs: waitMs === null ? null : milliseconds(waitMs),
    attempts: Math.min(ATTEMPTS_MAX, Math.max(1, passing.attempts)),
    timings: passing.timings,
  }
}
