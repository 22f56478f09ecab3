import type { CommandResultV1, FrameResultV1 } from '#contract/device-messages.js'
import type { PassageV2, RefusalReason } from '#contract/passage-record.js'
import type { FaceOutcome } from '../face/types.js'
import { createDoorControl } from './door-control.js'
import { type DecidedFrame, frameAgeOf, passageRecord, timingsOf } from './passage-record.js'
import { type Decision, decide } from './policy.js'
import type { AccessPolicy, AccessRuntime, AccessStore, AccessView, DecisionResult, DoorPublisher, SeenFrame } from './ports.js'
import { createRecentKeys } from './recent-keys.js'

/** A refusal of the same person, for the same reason, at the same camera is one line of the log in this time. */
export const REFUSAL_REPEAT_MS = 10_000
/** Persons before gates within a window: more than any estate has. */
const RECENT_KEYS_MAX = 10_000

export interface AccessService {
  /** @param modelId stands in every passage record */
  start(modelId: string): Promise<void>
  stop(): void
  /** Decides about one frame and carries it out. Never rejects: a disk that fails opens no door and is told to the observer. */
  onOutcome(frame: SeenFrame, outcome: FaceOutcome): Promise<void>
  /** Resolves once the answer is durable. @throws whatever the store throws: then it must not be acknowledged */
  onCommandResult(controllerId: string, result: CommandResultV1): Promise<void>
}

export interface AccessDeps {
  readonly view: AccessView
  readonly store: AccessStore
  readonly publisher: DoorPublisher
  readonly policy: AccessPolicy
  readonly runtime: AccessRuntime
}

/** What both ways of a decision need. */
function createDesk({ store, publisher, runtime }: AccessDeps) {
  const { clock, ids, stamp, log, observer } = runtime
  const refusals = createRecentKeys({ clock, windowMs: REFUSAL_REPEAT_MS, keysMax: RECENT_KEYS_MAX })
  let modelId = ''
  return {
    refusals,
    setModel(id: string): void {
      modelId = id
    },
    record: (seen: DecidedFrame, passageId = ids.uuid()): PassageV2 => passageRecord({ ...seen, stamp: stamp(), passageId, modelId }),
    show({ frame }: DecidedFrame, outcome: FrameResultV1['outcome'], reason: RefusalReason | null): void {
      publisher.showResult(frame.cameraId, { v: 1, frameId: frame.frameId, outcome, reason })
    },
    tell({ gate, timings }: DecidedFrame, result: DecisionResult, reason: RefusalReason | null, logged: boolean): void {
      observer.decided({ gateId: gate?.gateId ?? null, result, reason, logged, timings })
    },
    storeFailed({ frame }: DecidedFrame, error: unknown): void {
      observer.anomaly('store-failed')
      // Every frame of everybody fails while the disk does: one line is enough.
      if (refusals.claim('store-failed')) log.error({ cameraId: frame.cameraId, err: error }, 'a decision could not be recorded')
    },
    transact: store.transact.bind(store),
  }
}
type Desk = ReturnType<typeof createDesk>

/** Refusals: shown at once, logged once in a while. An empty scene is counted, never logged. */
function createRefusals(desk: Desk, { log }: AccessRuntime) {
  return async (seen: DecidedFrame, { reason, personRef }: Extract<Decision, { kind: 'refused' }>): Promise<void> => {
    const { gate, frame } = seen
    const noFace = reason === 'no-face'
    desk.show(seen, noFace ? 'no-face' : 'refused', reason)
    const first = !noFace && desk.refusals.claim(`${frame.cameraId} ${reason} ${personRef ?? ''}`)
    // A camera without a gate has no passage to record: the process's own log says so.
    if (first && gate === undefined) log.warn({ cameraId: frame.cameraId }, 'frames of a camera that watches no gate')
    const logged = first && gate !== undefined
    desk.tell(seen, noFace ? 'no-face' : 'refused', reason, logged)
    if (logged) await desk.transact((tx) => tx.append(desk.record(seen))).catch((error: unknown) => desk.storeFailed(seen, error))
  }
}

/** Grants: committed first, then sent; one command per person and gate in the hold time. */
function createGrants(desk: Desk, deps: AccessDeps, doors: ReturnType<typeof createDoorControl>) {
  const { clock, ids } = deps.runtime
  const holds = createRecentKeys({ clock, windowMs: deps.policy.regrantHoldMs, keysMax: RECENT_KEYS_MAX })
  return async (seen: DecidedFrame, decision: Extract<Decision, { kind: 'granted' }>): Promise<void> => {
    const { frame, lagMs, timings } = seen
    const key = `${decision.gate.gateId} ${decision.personRef}`
    if (!holds.claim(key)) {
      desk.show(seen, 'granted', null)
      return desk.tell(seen, 'held', null, false)
    }
    const passageId = ids.uuid()
    const opening = doors.plan(decision, { passageId, frame, lagMs, onVoid: () => holds.forget(key) })
    const startedMs = clock.monoMs()
    try {
      await desk.transact(async (tx) => {
        await tx.append(desk.record(seen, passageId))
        await doors.write(tx, opening)
      })
    } catch (error) {
      holds.forget(key)
      desk.show(seen, 'refused', 'engine-failed')
      return desk.storeFailed(seen, error)
    }
    const way = doors.send(opening)
    if (way.kind === 'send') desk.show(seen, 'granted', null)
    else desk.show(seen, 'refused', way.reason === 'expired' ? 'stale-frame' : 'controller-offline')
    desk.tell({ ...seen, timings: { ...timings, commit: clock.monoMs() - startedMs } }, 'granted', null, true)
  }
}

/** Face outcome → decision → one transaction → command. No door without a committed grant (invariant I3). */
export function createAccessService(deps: AccessDeps): AccessService {
  const { view, policy, runtime: { clock } } = deps
  const desk = createDesk(deps)
  const doors = createDoorControl(deps)
  const refuse = createRefusals(desk, deps.runtime)
  const grant = createGrants(desk, deps, doors)
  return {
    async start(modelId) {
      desk.setModel(modelId)
      await doors.start()
    },
    stop: () => doors.stop(),
    async onOutcome(frame, outcome) {
      const outcomeMs = clock.monoMs()
      const nowWallMs = clock.wallMs()
      const gate = view.gateOfCamera(frame.cameraId)
      if (outcome.kind === 'undecided') {
        const timings = timingsOf(frame, outcome, outcomeMs, clock.monoMs())
        return deps.runtime.observer.decided({ gateId: gate?.gateId ?? null, result: 'undecided', reason: outcome.reason, logged: false, timings })
      }
      const lagMs = view.frameLagMs(frame)
      const frameAgeMs = frameAgeOf(frame, lagMs, outcomeMs)
      const personRef = outcome.kind === 'matched' ? outcome.personRef : undefined
      const decision = decide({
        outcome, gate, nowWallMs, frameAgeMs, frameAgeMsMax: policy.frameAgeMsMax,
        permits: gate === undefined || personRef === undefined ? [] : view.permits(personRef, gate.gateId),
        consented: personRef !== undefined && view.hasConsent(personRef, nowWallMs),
        controller: gate === undefined ? undefined : view.controllerClock(gate.controllerId),
      })
      const seen: DecidedFrame = { frame, outcome, gate, decision, lagMs, frameAgeMs, timings: timingsOf(frame, outcome, outcomeMs, clock.monoMs()) }
      if (decision.kind === 'refused') await refuse(seen, decision)
      else await grant(seen, decision)
    },
    onCommandResult: (controllerId, result) => doors.onResult(controllerId, result),
  }
}
