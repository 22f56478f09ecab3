import type { FaceLookV1 } from '#contract/face-messages.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { FrameLane, RemoteLane } from '../capture/frame-pump.js'
import type { DeviceHandlers, DevicePublisher } from '../device/ports.js'
import type { FaceLook, FaceModelInfo, SplitFaceEngine } from '../face/types.js'
import { lookOfMessage } from './look-codec.js'
import type { LookObserver, LookResult } from './look-observer.js'
import { createPendingLooks } from './pending-looks.js'
import { type RemoteInput, type RemoteState, nextRemote } from './worker-machine.js'

/** One face worker and the cameras that belong to it. */
export interface RemoteFace {
  /** Its id as a device of kind `face-worker`. */
  readonly name: string
  readonly cameras: readonly string[]
  /** Who looks while it is away: this process, or nobody. */
  readonly fallback: 'local' | 'none'
}

export interface RemoteFaceStatus extends RemoteFace {
  readonly state: RemoteState
  readonly inFlight: number
}

export interface RemoteFaces {
  /** Who looks at the camera's next frame. */
  laneOf(cameraId: string): FrameLane
  readonly onLook: NonNullable<DeviceHandlers['faceLook']>
  /** A device said hello, or is still there; others than face workers are none of this. */
  greeted(deviceId: string): void
  heard(deviceId: string): void
  /** Its connection ended, or it started anew: what it was asked is lost. */
  lost(deviceId: string): void
  status(): readonly RemoteFaceStatus[]
  /** Nothing that is on its way is waited for any more. */
  stop(): void
}

export interface RemoteFacesDeps {
  readonly options: {
    readonly estateId: string
    readonly remotes: readonly RemoteFace[]
    readonly faceHeightPxMin: number | null
    /** A frame that is older opens no door, milliseconds since its receipt: its answer is waited for no longer. */
    readonly frameAgeMsMax: number
    readonly model: FaceModelInfo
  }
  readonly engine: Pick<SplitFaceEngine, 'judge'>
  readonly publisher: Pick<DevicePublisher, 'publish'>
  readonly observer: LookObserver
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource; readonly log: Logger }
}

/** How each worker stands; what changes is logged. */
function createStates({ options: { remotes }, runtime: { log } }: RemoteFacesDeps) {
  const states = new Map<string, RemoteState>(remotes.map(({ name }) => [name, 'away']))
  return {
    of: (name: string): RemoteState => states.get(name) ?? 'away',
    has: (name: string): boolean => states.has(name),
    tell(name: string, input: RemoteInput): void {
      const state = states.get(name)
      const next = state === undefined ? undefined : nextRemote(state, input)
      if (next === undefined) return
      states.set(name, next)
      const fields = { worker: name, from: state, to: next }
      if (next === 'ready') log.info(fields, 'a face worker takes frames')
      else if (next === 'unfit') log.error(fields, 'a face worker runs other nets than this gateway: start it anew with the same manifest')
      else log.warn(fields, 'a face worker takes no frames')
    },
  }
}

/**
 * Face workers in other processes or on other machines of the estate: each camera belongs to one, and they look while this process decides. A frame
 * goes to exactly one place, here or there, and is never looked at again elsewhere; so no frame is decided twice, whoever falls away or comes back.
 *
 * Templates stay in the gateway, so a worker measures a face and cannot say whose it is. Matching there would put a copy of the whole gallery on every
 * worker's machine: one more place to steal it from, and one more that must prove each deletion before a withdrawn consent is carried out (I7). What
 * crosses the estate's network is one frame on its way there and one embedding on its way back, both by mutual TLS, neither kept.
 */
export function createRemoteFaces(deps: RemoteFacesDeps): RemoteFaces {
  const { options: { estateId, remotes, faceHeightPxMin, frameAgeMsMax, model }, engine, publisher, observer, runtime: { clock, ids, log } } = deps
  const states = createStates(deps)
  const pending = createPendingLooks<FaceLook>({ clock })
  const ownerOf = new Map(remotes.flatMap((remote) => remote.cameras.map((cameraId) => [cameraId, remote] as const)))

  const laneOf = (name: string): RemoteLane => ({
    async analyse(frame, image, terms) {
      const waitMs = frameAgeMsMax - (clock.monoMs() - frame.receivedMonoMs)
      if (waitMs <= 0) return undefined
      const { cameraId, frameId, capturedMonoMs } = frame
      const jobId = ids.uuid()
      const ended = pending.wait(jobId, name, frame, waitMs)
      const header = { v: 1, jobId, cameraId, frameId, capturedMonoMs, faceHeightPxMin, mime: 'image/jpeg' } as const
      publisher.publish('faceFrame', { estateId, deviceKind: 'face-worker', deviceId: name }, { header, image })
      const end = await ended
      if (end.kind === 'unanswered') states.tell(name, 'unanswered')
      return end.kind === 'answered' ? engine.judge({ look: end.answer, ...terms }) : undefined
    },
  })
  const lanes = new Map(remotes.map(({ name }) => [name, laneOf(name)]))

  const lose = (deviceId: string): void => {
    if (!states.has(deviceId)) return
    states.tell(deviceId, 'lost')
    pending.lose(deviceId)
  }
  /** What is done with an answer; nothing of it is decided before this says `taken`. */
  const take = (workerId: string, message: FaceLookV1): LookResult => {
    if (ownerOf.get(message.cameraId)?.name !== workerId) return 'not-yours'
    // A late answer decides nothing; it does say that the worker is there, and only slow.
    states.tell(workerId, 'heard')
    const judged = pending.judge(workerId, message)
    if (judged !== 'expected') return judged
    if (message.modelDigest !== model.digest) {
      states.tell(workerId, 'other-model')
      pending.lose(workerId)
      return 'other-model'
    }
    const look = lookOfMessage(message)
    if (!look.ok) {
      log.warn({ worker: workerId, error: look.error }, 'an answer of a face worker contradicts itself')
      return 'malformed'
    }
    pending.answer(message.jobId, look.value)
    return 'taken'
  }

  return {
    laneOf(cameraId) {
      const owner = ownerOf.get(cameraId)
      if (owner === undefined) return 'here'
      const lane = states.of(owner.name) === 'ready' ? lanes.get(owner.name) : undefined
      return lane ?? (owner.fallback === 'local' ? 'here' : 'away')
    },
    onLook: ({ deviceId }, message) => observer.look(take(deviceId, message), deviceId),
    greeted: (deviceId) => states.tell(deviceId, 'greeted'),
    heard: (deviceId) => states.tell(deviceId, 'heard'),
    lost: lose,
    status: () => remotes.map((remote) => ({ ...remote, state: states.of(remote.name), inFlight: pending.count(remote.name) })),
    stop: () => pending.lose(),
  }
}
