import { decodeMessage, encodeMessage } from '#contract/codec.js'
import { MESSAGES } from '#contract/message-table.js'
import { type DeviceAddress, parseTopic, topicOf } from '#contract/topics.js'
import type { Payloads } from '#contract/codec.js'
import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { FaceModelInfo, SplitFaceEngine } from '../face/types.js'
import { messageOfLook } from './look-codec.js'

/** Often enough that a gateway which gave it up for silent soon gives it frames again. */
export const HEARTBEAT_MS = 5_000

type Said = 'hello' | 'heartbeat' | 'faceLook'

export interface FaceWorkerDeps {
  readonly address: DeviceAddress
  readonly engine: Pick<SplitFaceEngine, 'look'>
  readonly model: FaceModelInfo
  readonly version: string
  /** Sends now or never. */
  readonly send: (topic: string, payload: Buffer, qos: 0 | 1) => void
  readonly runtime: { readonly clock: Clock; readonly ids: IdSource; readonly log: Logger }
}

export interface FaceWorker {
  /** Connected and subscribed: the gateway is told who is there. */
  connected(): void
  disconnected(): void
  onMessage(topic: string, payload: Buffer): void
}

/**
 * Looks at the frames that the gateway sends and says what it saw, to nobody else. It keeps no picture, no embedding and no state: a frame is answered
 * or, where the process ends before, lost. The gateway sends one frame of each camera at a time, so that the cameras bound what waits here.
 */
export function createFaceWorker(deps: FaceWorkerDeps): FaceWorker {
  const { address, engine, model, version, runtime: { clock, ids, log } } = deps
  const bootId = ids.uuid()
  let cancel: CancelTimer = () => undefined

  const say = <Kind extends Said>(kind: Kind, payload: Payloads[Kind]): void =>
    deps.send(topicOf(kind, address), encodeMessage(kind, payload), MESSAGES[kind].qos)
  const word = () => ({ v: 1, bootId, monoMs: clock.monoMs(), wallMs: clock.wallMs() }) as const
  const beat = (): void => {
    say('heartbeat', { ...word(), doors: [], pendingEvents: 0 })
    cancel = clock.after(HEARTBEAT_MS, beat)
  }
  const look = async ({ header, image }: Payloads['faceFrame']): Promise<void> => {
    // The message's memory may be shared, and the engine takes over what it is given.
    const seen = await engine.look({ image: new Uint8Array(image), faceHeightPxMin: header.faceHeightPxMin })
    if (seen.kind === 'failed') log.error({ cameraId: header.cameraId, stage: seen.stage, reason: seen.message }, 'a frame could not be looked at')
    say('faceLook', messageOfLook(seen, header, model))
  }

  return {
    connected() {
      cancel()
      say('hello', { ...word(), model: 'face-worker', firmware: version, capabilities: [model.modelId] })
      beat()
    },
    disconnected: () => cancel(),
    onMessage(topic, payload) {
      const kind = parseTopic(topic)?.kind
      if (kind === 'deviceNotice') return log.warn({ notice: payload.toString('utf8', 0, 300) }, 'the gateway did not take a message')
      if (kind !== 'faceFrame') return undefined
      const frame = decodeMessage('faceFrame', payload)
      if (!frame.ok) return log.warn({ error: frame.error }, 'a frame breaks the contract')
      look(frame.value).catch((error: unknown) => log.error({ err: error }, 'what was seen could not be said'))
    },
  }
}
