import type { EstateDeps } from './app-estate.js'
import type { DeviceHandlers, DevicePublisher } from './device/ports.js'
import type { FaceModelInfo } from './face/types.js'
import { type RemoteFaces, createRemoteFaces } from './face-host/remote-faces.js'

/** The face workers that the configuration names, none of them there yet. */
export function openRemoteFaces(
  { config: { face, access }, engine, metrics, runtime: { clock, ids, log } }: EstateDeps, estateId: string, model: FaceModelInfo, publisher: DevicePublisher,
): RemoteFaces {
  return createRemoteFaces({
    options: { estateId, remotes: face.remotes, faceHeightPxMin: face.faceHeightPxMin, frameAgeMsMax: access.frameAgeMsMax, model },
    engine, publisher, observer: metrics.looks, runtime: { clock, ids, log: log.child({ part: 'face' }) },
  })
}

/** What face workers say. The registry hears a word first: a new life of a worker voids what the old one was asked. */
export const remoteFaceHandlers = (
  remoteFaces: RemoteFaces, { hello, heartbeat }: Required<Pick<DeviceHandlers, 'hello' | 'heartbeat'>>,
): Required<Pick<DeviceHandlers, 'hello' | 'heartbeat' | 'faceLook'>> => ({
  hello(address, said) {
    const done = hello(address, said)
    remoteFaces.greeted(address.deviceId)
    return done
  },
  heartbeat(address, said) {
    const done = heartbeat(address, said)
    remoteFaces.heard(address.deviceId)
    return done
  },
  faceLook: remoteFaces.onLook,
})
