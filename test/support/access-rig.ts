import type { DoorCommandV1, DoorModeV1, FrameResultV1 } from '#contract/device-messages.js'
import type { CredentialResultV1, CredentialV1 } from '#contract/reader-messages.js'
import type { RecordBody } from '#contract/sync-records.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { type AccessService, createAccessService } from '../../gateway/access/access-service.js'
import { type DoorBoard, createDoorBoard } from '../../gateway/access/door-board.js'
import type { AccessAnomaly, AccessPolicy, AccessStore, ControllerClock, ObservedDecision, Roster, SeenFrame } from '../../gateway/access/ports.js'
import { createRosterView } from '../../gateway/access/roster-view.js'
import type { GatewayStore } from '../../gateway/store/types.js'
import { consent, gate, permit, person, uuid } from './factories.js'
import { createRecordingLog } from './recording-log.js'
import { type VirtualClock, createVirtualClock } from './virtual-clock.js'

export const POLICY: AccessPolicy = {
  frameAgeMsMax: 1_500, commandValidityMs: 2_000, regrantHoldMs: 5_000, codeWindowSeconds: 60, presenceHours: 16, pinTriesMax: 5, pinLockMinutes: 15,
  rosterOldHours: 24, rosterTooOldHours: 72,
}
export const CONTROLLER_BOOT = uuid(5)
export const GATEWAY_BOOT = uuid(1, 0xb)

/** Two persons and two gates; person 1 may pass gate 1, person 2 both. */
export const ROSTER: Roster = {
  persons: [person(1), person(2)],
  consents: [consent(1), consent(2)],
  permits: [permit(1), permit(2, { gateIds: ['gate-1', 'gate-2'] })],
  gates: [gate(1), gate(2)],
  schedules: [], holidays: [], credentials: [], visits: [],
}

export interface AccessRig {
  readonly service: AccessService
  readonly clock: VirtualClock
  /** What left the service, in order. */
  readonly commands: Array<{ controllerId: string; command: DoorCommandV1 }>
  readonly modes: Array<{ controllerId: string; mode: DoorModeV1 }>
  readonly shown: Array<{ cameraId: string; result: FrameResultV1 }>
  readonly answered: Array<{ readerId: string; result: CredentialResultV1 }>
  readonly decisions: ObservedDecision[]
  readonly settled: unknown[]
  readonly anomalies: AccessAnomaly[]
  readonly log: ReturnType<typeof createRecordingLog>
  readonly roster: ReturnType<typeof createRosterView>
  readonly doors: DoorBoard
  /** The controllers' clocks; delete one to take the controller away. */
  readonly clocks: Map<string, ControllerClock>
  /** A frame received now. */
  frame(change?: Partial<SeenFrame>): SeenFrame
  /** Something presented now; its device clock is as unknown as that of the rig's frames. */
  presentation(way: CredentialV1['way'], value: string, change?: Partial<CredentialV1>): CredentialV1
  /** Records in the log from `seq` on, parsed. */
  records(afterSeq?: number): Promise<RecordBody[]>
}

/** The access service on a real store, with everything around it recorded; `access` may stand between the two. */
export function createAccessRig(deps: {
  store: GatewayStore; clock?: VirtualClock; access?: Pick<AccessStore, 'transact'>; policy?: Partial<AccessPolicy>; seed?: number; rosterAgeMs?: () => number
}): AccessRig {
  const { store, clock = createVirtualClock(), seed = 1 } = deps
  const ids = createIdSource({ clock, random: seededRandom(seed) })
  const roster = createRosterView()
  roster.replace(ROSTER)
  const doors = createDoorBoard((controllerId, doorNo, state) => service.onDoor(controllerId, doorNo, state))
  const clocks = new Map<string, ControllerClock>(['ctl-1', 'ctl-2'].map((id) => [id, { bootId: CONTROLLER_BOOT, monoMs: 70_000 }]))
  const startedMs = clock.monoMs()
  const rig = {
    commands: [] as AccessRig['commands'], modes: [] as AccessRig['modes'], shown: [] as AccessRig['shown'], answered: [] as AccessRig['answered'],
    decisions: [] as ObservedDecision[], settled: [] as unknown[], anomalies: [] as AccessAnomaly[],
  }
  const log = createRecordingLog()
  let frames = 0
  let presentations = 0
  const service = createAccessService({
    view: {
      roster, doors, rosterAgeMs: deps.rosterAgeMs ?? (() => 0),
      clocks: {
        controllerClock(controllerId) {
          const known = clocks.get(controllerId)
          return known === undefined ? undefined : { ...known, monoMs: known.monoMs + clock.monoMs() - startedMs }
        },
        lagMs: ({ deviceId, monoMs }) => (deviceId.startsWith('cam-') && monoMs < 0 ? -monoMs : deviceId.startsWith('late-') ? monoMs : 0),
      },
    },
    store: { ...store, ...deps.access },
    publisher: {
      sendCommand: (controllerId, command) => void rig.commands.push({ controllerId, command }),
      sendMode: (controllerId, mode) => void rig.modes.push({ controllerId, mode }),
      showResult: (cameraId, result) => void rig.shown.push({ cameraId, result }),
      answerReader: (readerId, result) => void rig.answered.push({ readerId, result }),
    },
    policy: { ...POLICY, ...deps.policy },
    runtime: {
      clock, ids, log,
      stamp: createStamper({ clock, ids, bootId: GATEWAY_BOOT }),
      observer: {
        decided: (decision) => void rig.decisions.push(decision),
        commandSent: () => undefined,
        commandSettled: (settled) => void rig.settled.push(settled),
        anomaly: (kind) => void rig.anomalies.push(kind),
      },
    },
  })
  return {
    ...rig, service, clock, log, roster, doors, clocks,
    frame: (change = {}) => ({ cameraId: 'cam-1', frameId: uuid(++frames, 0xf), bootId: uuid(2), capturedMonoMs: 0, receivedMonoMs: clock.monoMs(), ...change }),
    presentation: (way, value, change = {}) => ({
      v: 1, presentationId: uuid(++presentations, 0xef), bootId: uuid(3), monoMs: 0, wallMs: clock.wallMs(), way, value, ...change,
    }),
    records: async (afterSeq = 0) => (await store.recordsAfter(1, afterSeq, 1_000)).map((record) => JSON.parse(record.payload) as RecordBody),
  }
}

/** Waits until everything handed to the store before is settled: works are taken in order. */
export const storeSettled = (store: GatewayStore): Promise<void> => store.transact(async () => undefined)
