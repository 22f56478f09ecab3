import { join } from 'node:path'
import { topicsOf } from '#contract/topics.js'
import type { Clock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import type { Logger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { brokerAddress } from './app-broker.js'
import { createExternalConnection } from './broker/external-connection.js'
import { BROKER_LIMITS } from './broker/limits.js'
import { createFaceEngine } from './face/worker-pool.js'
import { createFaceWorker } from './face-host/face-worker.js'
import type { FaceWorkerConfig } from './face-host/worker-config.js'
import { readWorkerIdentity } from './face-host/worker-identity.js'
import { createLifecycle } from './lifecycle.js'
import { packageRoot, packageVersion } from './package-root.js'

export interface FaceWorkerProcess {
  /**
   * Opens the nets, then connects; a broker that is away is tried again for ever.
   * @returns who it is, and by which nets it looks
   * @throws AppError; everything that was opened is closed again
   */
  start(): Promise<{ readonly worker: string; readonly estateId: string; readonly modelId: string; readonly workers: number }>
  requestStop(): void
  /** Resolves when all is closed after a `requestStop`; true where every part closed well. */
  stopped(): Promise<boolean>
}

/** A process that looks at frames for a gateway. It has no roster, no template, no log and no door. */
export function createFaceWorkerProcess(deps: { config: FaceWorkerConfig; clock: Clock; random: RandomSource; log: Logger }): FaceWorkerProcess {
  const { config: { brokerUrl, certificateFolder, manifestFile, workers }, clock, random, log } = deps
  const ids = createIdSource({ clock, random })
  const parts = createLifecycle({ log })
  const stopping = new AbortController()

  const open = async (): ReturnType<FaceWorkerProcess['start']> => {
    const { address, tls } = await readWorkerIdentity(certificateFolder)
    const manifestPath = manifestFile ?? join(packageRoot(), 'models', 'manifest.json')
    const engine = createFaceEngine({ manifestPath, settings: {}, workers, clock, log: log.child({ part: 'face' }) })
    const model = await parts.open('face', () => engine.start(), () => engine.stop())
    const worker = createFaceWorker({
      address, engine, model, version: packageVersion(), runtime: { clock, ids, log: log.child({ part: 'worker' }) },
      send: (topic, payload, qos) => {
        const sent = connection.publish({ topic, payload, qos, waitingBytesMax: BROKER_LIMITS.outgoingBytesMax })
        if (sent !== 'sent') log.warn({ topic, why: sent }, 'a message was not sent')
      },
    })
    const connection = createExternalConnection({
      options: { ...brokerAddress(brokerUrl), clientId: address.deviceId, tls, topics: topicsOf(address).subscribe, protocolVersion: 4 },
      onMessage: worker.onMessage, onUp: worker.connected, onDown: worker.disconnected, clock, log: log.child({ part: 'broker' }),
    })
    await parts.open('broker', () => connection.start(), async () => {
      worker.disconnected()
      await connection.stop()
    })
    return { worker: address.deviceId, estateId: address.estateId, modelId: model.modelId, workers }
  }
  return {
    async start() {
      try {
        return await open()
      } catch (error) {
        await parts.close()
        throw error
      }
    },
    requestStop: () => stopping.abort(),
    async stopped() {
      if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
      return parts.close()
    },
  }
}
