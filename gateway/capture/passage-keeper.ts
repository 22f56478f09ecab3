import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { SeenFrame } from '../access/ports.js'
import { closeTrack, type FaceMemory } from '../face/track.js'
import type { FaceOutcome, PassagePlace } from '../face/types.js'

type Undecided = Extract<FaceOutcome, { kind: 'undecided' }>

/** What each camera's next frame needs of the earlier ones, and the decision that is due when a face goes undecided. */
export interface PassageKeeper {
  /** A frame of this camera goes to the engine. */
  begin(frame: SeenFrame): PassagePlace
  /** The engine answered; once for every `begin`. */
  end(frame: SeenFrame, outcome: FaceOutcome): void
  /** Forgets every face. Nothing that was undecided is decided any more. */
  clear(): void
  /** Cameras of which something is remembered. */
  size(): number
}

export interface PassageKeeperDeps {
  readonly camerasMax: number
  readonly clock: Clock
  /** A face is gone that was not decided about: `outcome` refuses it, with its last frame. */
  readonly onGone: (frame: SeenFrame, outcome: FaceOutcome) => void
}

interface CameraPassage {
  memory: FaceMemory | null
  /** The last frame of a track that is not decided about yet. */
  pending: { readonly frame: SeenFrame; readonly outcome: Undecided } | null
  cancel: CancelTimer
}

const trackOf = (outcome: FaceOutcome): number | undefined =>
  outcome.kind === 'failed' ? undefined : outcome.memory?.track?.startedMs

/** The refusal that an undecided track ends with. */
const refusalOf = ({ stage, scores, box, timings, reason }: Undecided): FaceOutcome =>
  ({ kind: 'refused', stage, reason: reason ?? 'not-recognised', scores, box, timings })

/**
 * Carries each camera's `FaceMemory` from frame to frame: any worker may take any frame, since a camera has one at a
 * time with the engine. A face that goes before it was decided about is refused then; faces are forgotten when nothing
 * of them counts any more.
 */
export function createPassageKeeper({ camerasMax, clock, onGone }: PassageKeeperDeps): PassageKeeper {
  const cameras = new Map<string, CameraPassage>()

  /** The camera's place, as the one used last; the one used longest ago makes room. */
  const placeOf = (cameraId: string): CameraPassage => {
    const place = cameras.get(cameraId) ?? { memory: null, pending: null, cancel() {} }
    cameras.delete(cameraId)
    cameras.set(cameraId, place)
    if (cameras.size > camerasMax) for (const oldest of [...cameras.keys()].slice(0, 1)) drop(oldest)
    return place
  }
  const drop = (cameraId: string): void => {
    cameras.get(cameraId)?.cancel()
    cameras.delete(cameraId)
  }
  const settle = (place: CameraPassage): void => {
    const { pending } = place
    place.pending = null
    if (pending !== null) onGone(pending.frame, refusalOf(pending.outcome))
  }
  /** Waits for the end of the track, then for the end of what is remembered of earlier ones. */
  const arm = (cameraId: string, place: CameraPassage): void => {
    place.cancel()
    const { memory } = place
    const untilMs = memory?.track?.closesMs ?? Math.max(0, ...(memory?.strikes ?? []).map(({ forgetMs }) => forgetMs))
    if (untilMs === 0) return drop(cameraId)
    // One more, since a track lasts to the end of its last millisecond.
    place.cancel = clock.after(Math.max(0, untilMs - clock.monoMs()) + 1, () => {
      if (memory === null || memory.track === null) return drop(cameraId)
      place.memory = closeTrack(memory)
      settle(place)
      arm(cameraId, place)
    })
  }
  return {
    begin({ cameraId, receivedMonoMs }) {
      const place = placeOf(cameraId)
      place.cancel()
      return { atMs: receivedMonoMs, memory: place.memory }
    },
    end(frame, outcome) {
      const place = placeOf(frame.cameraId)
      if (outcome.kind !== 'failed') {
        const before = place.memory?.track?.startedMs
        place.memory = outcome.memory ?? place.memory
        const sameFace = before === trackOf(outcome)
        const decides = outcome.kind === 'matched' || (outcome.kind === 'refused' && place.memory?.track?.state === 'spent')
        if (sameFace && decides) place.pending = null
        else if (!sameFace) settle(place)
        if (outcome.kind === 'undecided' && outcome.reason !== null && place.memory?.track?.state === 'open') place.pending = { frame, outcome }
      }
      arm(frame.cameraId, place)
    },
    clear() {
      for (const cameraId of [...cameras.keys()]) drop(cameraId)
    },
    size: () => cameras.size,
  }
}
