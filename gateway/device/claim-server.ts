import type { AddressInfo } from 'node:net'
import rateLimit from '@fastify/rate-limit'
import { fastify } from 'fastify'
import { schemaError } from '#contract/codec.js'
import { DEVICE_CLAIM_PATH, DeviceClaimV1, type DeviceClaimedV1 } from '#contract/device-claim.js'
import type { Logger } from '#kernel/log.js'
import { gatewayError } from '../errors.js'
import { answerErrors } from '../ops/http-errors.js'
import type { ServerTls } from './certificate-authority.js'
import type { ClaimService } from './claim-service.js'

/**
 * A request and its answer are a few kilobytes. Codes have 80 bits, so the pace guards the machine, not the codes: an
 * estate's devices may all come at once.
 */
const CLAIM_LIMITS = { bodyBytesMax: 8_192, perMinuteMax: 120, connectionsMax: 32, requestMsMax: 10_000 } as const

export interface ClaimServer {
  /** Resolves with the port once devices can ask. @throws AppError GW_LISTEN */
  start(): Promise<{ readonly port: number }>
  stop(): Promise<void>
}

/** HTTPS on the estate's network with one address on it. It knows no login: what a device shows is the proof of its code. */
export function createClaimServer(deps: {
  host: string; port: number; tls: ServerTls; claims: Pick<ClaimService, 'claim'>; mqttPort: () => number; log: Logger
}): ClaimServer {
  const { host, port, tls, claims, mqttPort, log } = deps
  let stop = async (): Promise<void> => undefined

  return {
    async start() {
      const app = fastify({
        https: { key: tls.keyPem, cert: tls.certPem, minVersion: 'TLSv1.2' },
        bodyLimit: CLAIM_LIMITS.bodyBytesMax, requestTimeout: CLAIM_LIMITS.requestMsMax, forceCloseConnections: true,
      })
      app.server.maxConnections = CLAIM_LIMITS.connectionsMax
      answerErrors(app, log)
      await app.register(rateLimit, {
        max: CLAIM_LIMITS.perMinuteMax, timeWindow: 60_000, cache: 1_000, errorResponseBuilder: () => gatewayError('GW_CLAIM_TOO_MANY'),
      })
      app.post(DEVICE_CLAIM_PATH, async (request, reply): Promise<DeviceClaimedV1> => {
        const problem = schemaError(DeviceClaimV1, request.body)
        if (problem !== undefined) throw gatewayError('GW_CLAIM_REQUEST', { problem })
        const claim = request.body as DeviceClaimV1
        const { deviceId } = claim
        const answer = await claims.claim(claim).catch((error: unknown) => {
          log.warn({ err: error, deviceId, from: request.ip }, 'a claim of a device was refused')
          throw error
        })
        log.info({ deviceId, from: request.ip }, 'a device has claimed its certificate')
        void reply.code(201)
        return { ...answer, mqttPort: mqttPort() }
      })
      stop = async () => app.close()
      try {
        await app.listen({ host, port })
      } catch (cause) {
        throw gatewayError('GW_LISTEN', { what: 'claims', host, port, problem: (cause as NodeJS.ErrnoException).code }, cause)
      }
      return { port: (app.server.address() as AddressInfo).port }
    },
    stop: () => stop(),
  }
}
