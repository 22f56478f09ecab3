import type { CommandResultV1 } from '#contract/device-messages.js'
import type { CredentialV1 } from '#contract/reader-messages.js'
import type { FaceOutcome } from '../face/types.js'
import { createDoorControl } from './door-control.js'
import type { DoorState } from './door-machine.js'
import { createDoorModes } from './door-modes.js'
import { createFaceDesk } from './face-desk.js'
import { createMoment } from './gate-now.js'
import { createGrants } from './grants.js'
import { createHands } from './hands.js'
import { createIdentifier } from './identify.js'
import { createModeBook } from './mode-book.js'
import { createModeSender } from './mode-sender.js'
import { createOpenCommands } from './open-commands.js'
import { createOpenings } from './openings.js'
import type { Times } from './permit-rules.js'
import { createPinGuard } from './pin-guard.js'
import type { AccessPolicy, AccessRuntime, AccessStore, AccessView, DoorPublisher, GateHands, SeenFrame } from './ports.js'
import { createPresence } from './presence.js'
import type { PresenceRow } from './rule-ports.js'
import { createReaderDesk } from './reader-desk.js'
import { createRecorder } from './recorder.js'
import { createRefusals } from './refusals.js'
import { createSettle } from './settle.js'
import { createUsedCodes } from './used-codes.js'
import { createVisitCount } from './visit-count.js'

export interface AccessService extends GateHands {
  /** @param modelId stands in every record of a face */
  start(modelId: string): Promise<void>
  stop(): void
  /** Decides about one frame and carries it out. Never rejects: a disk that fails opens no door and is told to the observer. */
  onOutcome(frame: SeenFrame, outcome: FaceOutcome): Promise<void>
  /** Decides about one presentation at a reader. Never rejects, as above. */
  onCredential(readerId: string, credential: CredentialV1): Promise<void>
  /** Resolves once the answer is durable. @throws whatever the store throws: then it must not be acknowledged */
  onCommandResult(controllerId: string, result: CommandResultV1): Promise<void>
  /** Somebody was let through a gate by another than this gateway: it counts for anti-passback and occupancy, and for nothing else. */
  onCrossed(gateId: string, crossing: Omit<PresenceRow, 'areaId'>): void
  /** A door's state has changed. */
  onDoor(controllerId: string, doorNo: number, state: DoorState): void
}

export interface AccessDeps {
  readonly view: AccessView
  readonly store: AccessStore
  readonly publisher: DoorPublisher
  readonly policy: AccessPolicy
  readonly runtime: AccessRuntime
}

/** What is remembered of gates and persons between decisions. */
function createMemory({ view, store, publisher, policy, runtime }: AccessDeps) {
  const { roster, doors, clocks } = view
  const { clock } = runtime
  const times = (): Times => ({ nowWallMs: clock.wallMs(), schedule: roster.schedule, calendar: roster.calendar() })
  const sender = createModeSender({ clocks, publisher, policy, runtime })
  const book = createModeBook({ roster, store, times, runtime })
  const modes = createDoorModes({ roster, book, sender, clock })
  const presence = createPresence({
    store, doors, policy, runtime,
    crossed({ gate, direction, hasPermit }, atMs) {
      if (hasPermit && direction === 'in') modes.firstIn(gate.gateId, atMs)
    },
  })
  const openings = createOpenings({ roster, doors, clock, commandValidityMs: policy.commandValidityMs })
  const visits = createVisitCount({ store, runtime })
  const guard = createPinGuard({ store, policy, runtime })
  // A phone's clock may be ahead by the window: its code is current for twice as long.
  const usedCodes = createUsedCodes({ store, runtime, windowMs: 2 * policy.codeWindowSeconds * 1_000 + 1_000 })
  const blocked = new Set<string>()
  return {
    sender, modes, presence, openings, visits, guard, usedCodes, blocked,
    moment: createMoment({ view, modes, presence, openings, times, limits: policy }),
    async load(): Promise<void> {
      const state = await store.ruleState()
      book.load(state.gates)
      presence.load(state.presence)
      visits.load(state.visitUses)
      guard.load(state.pinLocks)
      usedCodes.load(state.usedCodes)
      for (const credentialId of state.blockedCredentials) blocked.add(credentialId)
    },
  }
}

/** What is seen or presented → decision → one transaction → command. No door without a committed grant (invariant I3). */
export function createAccessService(deps: AccessDeps): AccessService {
  const { view, store, publisher, policy, runtime } = deps
  const { roster } = view
  const { sender, modes, presence, openings, visits, guard, usedCodes, blocked, moment, load } = createMemory(deps)
  const commands = createOpenCommands({ store, runtime })
  const doors = createDoorControl({ view, store, publisher, policy, runtime, commands })
  const recorder = createRecorder(runtime)
  const grants = createGrants({ recorder, doors, effects: { presence, openings, visits, codes: usedCodes }, store, policy, runtime })
  const settle = createSettle({ grants, refuse: createRefusals({ recorder, store, runtime }) })
  const identify = createIdentifier({
    roster, guard, visits, isBlocked: (credentialId) => blocked.has(credentialId), isCodeUsed: usedCodes.has, policy, runtime,
  })
  const onFace = createFaceDesk({ view, moment, settle, publisher, policy, runtime })
  const onCredential = createReaderDesk({ view, moment, settle, identify, publisher, process: { policy, runtime } })
  const hands = createHands({ roster, moment, settle, modes, blocks: { store, blocked }, runtime })
  let modelId = ''
  return {
    ...hands,
    async start(id) {
      modelId = id
      await load()
      await doors.start()
      modes.start()
    },
    stop() {
      modes.stop()
      doors.stop()
      hands.stop()
    },
    onOutcome: (frame, outcome) => onFace(frame, outcome, modelId),
    onCredential,
    async onCommandResult(controllerId, result) {
      if (sender.heard(controllerId, result)) await store.transact((tx) => tx.claimDeviceEvent(controllerId, result.eventId))
      else await doors.onResult(controllerId, result)
    },
    onCrossed(gateId, crossing) {
      const gate = roster.gate(gateId)
      if (gate !== undefined) presence.crossed(gate, crossing)
    },
    onDoor(controllerId, doorNo, { kind }) {
      if (kind === 'open' || kind === 'held-open') presence.opened(controllerId, doorNo)
    },
  }
}
