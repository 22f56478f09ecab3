import type { CredentialV1 } from '#contract/reader-messages.js'
import type { RefusalReason } from '#contract/passage-record.js'
import { createAttempts } from './attempts.js'
import type { Moment } from './gate-now.js'
import type { Identified, Presented } from './identified.js'
import { type Sighting, ageOf, milliseconds } from './passing.js'
import { type Decision, decide, holderOf } from './policy.js'
import type { AccessPolicy, AccessRuntime, AccessView, DoorPublisher } from './ports.js'
import { createReaderPace } from './reader-pace.js'
import { createRecentKeys } from './recent-keys.js'
import type { Settle } from './settle.js'

/** A reader that sends the same presentation again within this time is heard once. */
const REPEAT_MS = 600_000
const PRESENTATIONS_MAX = 10_000

export interface ReaderDeskDeps {
  readonly view: AccessView
  readonly moment: Moment
  readonly settle: Settle
  readonly identify: (presented: Presented) => Promise<Identified>
  readonly publisher: Pick<DoorPublisher, 'answerReader'>
  readonly process: { readonly policy: AccessPolicy; readonly runtime: AccessRuntime }
}

/** What the reader shows: a wrong number and a wrong PIN look alike. */
const shownOf = (decision: Decision, { shownReason }: Identified, reason: RefusalReason | null): RefusalReason | null =>
  (decision.kind === 'refused' && shownReason !== undefined ? shownReason : reason)

/** Decides about what was presented at a reader: as fresh as its transport, heard once, and never too many at a time. */
export function createReaderDesk(deps: ReaderDeskDeps) {
  const { view, moment, settle, identify, publisher, process: { policy, runtime: { clock, observer } } } = deps
  const presentations = createRecentKeys({ clock, windowMs: REPEAT_MS, keysMax: PRESENTATIONS_MAX })
  const attempts = createAttempts({ clock })
  const mayPresent = createReaderPace({ clock })

  return async (readerId: string, { presentationId, bootId, monoMs, way, value }: CredentialV1): Promise<void> => {
    const receivedMonoMs = clock.monoMs()
    // The pace first: a reader that floods must not push out what others presented.
    if (!mayPresent(readerId)) return observer.anomaly('flood')
    if (!presentations.claim(`${readerId} ${presentationId}`)) return observer.anomaly('repeated-presentation')
    const place = view.roster.placeOf(readerId)
    const seen: Sighting = { deviceId: readerId, seenId: presentationId, receivedMonoMs, lagMs: view.clocks.lagMs({ deviceId: readerId, bootId, monoMs, receivedMonoMs }) }
    const identified = await identify({ readerId, gateId: place?.gate.gateId, way, value })
    const identifiedMs = clock.monoMs()
    const { retryAfterMs, codeKey, attemptKey } = identified
    const claim = identified.claimNow()
    const attempt = attempts.begin(`${readerId} ${attemptKey}`, receivedMonoMs)
    const ageMs = ageOf(seen, identifiedMs)
    const decision = decide({
      claim, place, times: moment.times(), now: moment.of(place, holderOf(claim)), ageMs, ageMsMax: policy.frameAgeMsMax,
      permits: place === undefined || claim.kind !== 'person' ? [] : view.roster.permits(claim.personRef, place.gate.gateId),
    })
    const decidedMs = clock.monoMs()
    await settle({
      way, seen, receivedMonoMs, place, decision, ageMs, waitMs: decidedMs - attempt.firstMonoMs, attempts: attempt.count, face: null, byHand: null,
      timings: { identify: milliseconds(identifiedMs - receivedMonoMs), decide: milliseconds(decidedMs - identifiedMs) },
      show(outcome, reason) {
        if (outcome === 'granted') attempts.end(`${readerId} ${attemptKey}`)
        publisher.answerReader(readerId, { v: 1, presentationId, outcome, reason: shownOf(decision, identified, reason), retryAfterMs: Math.min(3_600_000, retryAfterMs) })
      },
    }, { codeKey })
  }
}
