import type { FrameHeaderV1 } from '#contract/frame-envelope.js'

/** Ids of a camera's last frames: more than a camera sends while a repeat is under way. */
const RECENT_IDS_MAX = 64
/** Lives of a camera that are over: a frame of one is refused whatever its number. */
const PAST_BOOTS_MAX = 8

interface CameraPlace {
  bootId: string
  frameNo: number
  readonly pastBoots: string[]
  readonly recentIds: Set<string>
}

export interface FrameOrder {
  /** Undefined for the camera's newest frame yet, which is remembered; else why it is none. */
  judge(cameraId: string, header: Pick<FrameHeaderV1, 'frameId' | 'bootId' | 'frameNo'>): 'duplicate' | 'out-of-order' | undefined
}

/** Only forward: each camera's frames count up within a boot, and a boot that another followed does not come back. */
export function createFrameOrder(deps: { camerasMax: number }): FrameOrder {
  const places = new Map<string, CameraPlace>()

  /** The camera's place, as the one used last; the one used longest ago makes room. */
  const placeOf = (cameraId: string, bootId: string): CameraPlace => {
    const place = places.get(cameraId) ?? { bootId, frameNo: 0, pastBoots: [], recentIds: new Set<string>() }
    places.delete(cameraId)
    places.set(cameraId, place)
    if (places.size > deps.camerasMax) for (const oldest of [...places.keys()].slice(0, 1)) places.delete(oldest)
    return place
  }

  return {
    judge(cameraId, { frameId, bootId, frameNo }) {
      const place = placeOf(cameraId, bootId)
      if (place.recentIds.has(frameId)) return 'duplicate'
      if (bootId === place.bootId) {
        if (frameNo <= place.frameNo) return 'out-of-order'
      } else {
        if (place.pastBoots.includes(bootId)) return 'out-of-order'
        place.pastBoots.push(place.bootId)
        if (place.pastBoots.length > PAST_BOOTS_MAX) place.pastBoots.shift()
        place.bootId = bootId
      }
      place.frameNo = frameNo
      place.recentIds.add(frameId)
      if (place.recentIds.size > RECENT_IDS_MAX) for (const oldest of [...place.recentIds].slice(0, 1)) place.recentIds.delete(oldest)
      return undefined
    },
  }
}
