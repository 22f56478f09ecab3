import type { FaceOutcome } from '../face/types.js'
import { faceClaim } from './face-claim-rules.js'
import type { Moment } from './gate-now.js'
import { type Passing, type Sighting, ageOf, milliseconds } from './passing.js'
import { decide, holderOf } from './policy.js'
import type { AccessPolicy, AccessRuntime, AccessView, DoorPublisher, SeenFrame } from './ports.js'
import type { Settle } from './settle.js'

/**
 * Stages with the time between them: `queue` is what passed from receipt to outcome outside of the face's stages.
 * @param outcomeMs the gateway's monotonic clock when the outcome arrived
 */
function timingsOf(frame: SeenFrame, outcome: FaceOutcome, outcomeMs: number, decidedMs: number): Record<string, number> {
  const stages = Object.entries(outcome.timings).map(([stage, ms]): [string, number] => [stage, milliseconds(ms)])
  const inStages = stages.reduce((sum, [, ms]) => sum + ms, 0)
  return Object.fromEntries([
    ...stages, ['queue', milliseconds(outcomeMs - frame.receivedMonoMs - inStages)], ['decide', milliseconds(decidedMs - outcomeMs)],
  ])
}

/** What the face waited, and how often it was looked at: from the first frame of its track, where it has one. */
function waitOf(frame: SeenFrame, outcome: FaceOutcome, nowMonoMs: number): Pick<Passing, 'waitMs' | 'attempts'> {
  const track = outcome.kind === 'failed' ? null : outcome.memory?.track ?? null
  return { waitMs: nowMonoMs - Math.min(frame.receivedMonoMs, track?.startedMs ?? frame.receivedMonoMs), attempts: track?.count ?? 1 }
}

export interface FaceDeskDeps {
  readonly view: AccessView
  readonly moment: Moment
  readonly settle: Settle
  readonly publisher: Pick<DoorPublisher, 'showResult'>
  readonly policy: AccessPolicy
  readonly runtime: AccessRuntime
}

/** Decides about what a camera saw. */
export function createFaceDesk(deps: FaceDeskDeps) {
  const { view, moment, settle, publisher, policy, runtime: { clock, observer } } = deps
  return async (frame: SeenFrame, outcome: FaceOutcome, modelId: string): Promise<void> => {
    const { cameraId, frameId, bootId, capturedMonoMs, receivedMonoMs } = frame
    const outcomeMs = clock.monoMs()
    const place = view.roster.placeOf(cameraId)
    if (outcome.kind === 'undecided') {
      const timings = timingsOf(frame, outcome, outcomeMs, clock.monoMs())
      return observer.decided({
        gateId: place?.gate.gateId ?? null, deviceId: cameraId, way: 'face', personRef: null, passageId: null,
        result: 'undecided', reason: outcome.reason, logged: false, timings,
      })
    }
    const seen: Sighting = {
      deviceId: cameraId, seenId: frameId, receivedMonoMs,
      lagMs: view.clocks.lagMs({ deviceId: cameraId, bootId, monoMs: capturedMonoMs, receivedMonoMs }),
    }
    const personRef = outcome.kind === 'matched' ? outcome.personRef : undefined
    const times = moment.times()
    const claim = faceClaim(outcome, personRef !== undefined && view.roster.hasConsent(personRef, times.nowWallMs), place?.gate)
    const ageMs = ageOf(seen, outcomeMs)
    const decision = decide({
      claim, place, times, now: moment.of(place, holderOf(claim)), ageMs, ageMsMax: policy.frameAgeMsMax,
      permits: place === undefined || personRef === undefined ? [] : view.roster.permits(personRef, place.gate.gateId),
    })
    const decidedMs = clock.monoMs()
    await settle({
      way: 'face', seen, receivedMonoMs, place, decision, ageMs, ...waitOf(frame, outcome, decidedMs),
      face: { scores: outcome.kind === 'failed' ? null : outcome.scores, modelId }, byHand: null,
      timings: timingsOf(frame, outcome, outcomeMs, decidedMs),
      show: (shown, reason) => publisher.showResult(cameraId, { v: 1, frameId, outcome: shown, reason }),
    })
  }
}
