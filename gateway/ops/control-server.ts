import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fastify, type FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { LIMITS } from '#kernel/limits.js'
import type { Logger } from '#kernel/log.js'
import type { DeviceKind } from '#contract/message-table.js'
import type { Backup } from '../backup/backup-service.js'
import type { EnrolOptions, EnrolResult } from '../enrol/enrol-service.js'
import type { DeviceCertificate } from '../device/certificate-authority.js'
import { gatewayError } from '../errors.js'
import { CONTROL_PATHS, CONTROL_SOCKET, EnrolQueryV1, IssueDeviceV1, PHOTOS_TYPE, RevokeDeviceV1 } from './control-api.js'
import type { GatewayStatus } from './gateway-status.js'
import { answerErrors } from './http-errors.js'
import { type RenderBrokerFiles, addBrokerRoutes } from './broker-control.js'
import { type CareActions, addCareRoutes } from './device-control.js'
import { type OperatorActions, addOperatorRoutes } from './operator-control.js'
import { type TakingsActions, addTakingsRoutes } from './takings-control.js'
import { type TerminalActions, addTerminalRoutes } from './terminal-control.js'

/** What the command line can ask of the running gateway. */
export interface ControlActions {
  status(): Promise<GatewayStatus>
  /** @throws GW_CONTROL_NOT_READY before the gateway is claimed; GW_DEVICE_EXISTS */
  issueDevice(kind: DeviceKind, deviceId: string): Promise<DeviceCertificate>
  /** @throws GW_CONTROL_NOT_READY, GW_DEVICE_UNKNOWN */
  revokeDevice(deviceId: string): Promise<void>
  /** @throws GW_CONTROL_NOT_READY */
  terminals(): TerminalActions
  /** @throws GW_CONTROL_NOT_READY */
  care(): CareActions
  /** @throws GW_CONTROL_NOT_READY */
  operators(): OperatorActions
  /** @throws GW_CONTROL_NOT_READY */
  takings(): TakingsActions
  readonly brokerFiles: RenderBrokerFiles
  /** @throws GW_CONTROL_NOT_READY, GW_BACKUP_* */
  backup(): Promise<Backup>
  /** @throws GW_CONTROL_NOT_READY */
  enrol(personRef: string, photos: readonly Uint8Array[], options: EnrolOptions): Promise<EnrolResult>
  /** Begins a clean stop and returns. */
  stop(): void
}

export interface ControlServer {
  /** @throws GW_LISTEN */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Longest path of a Unix socket on Linux, without its terminator (sun_path). */
const SOCKET_PATH_BYTES_MAX = 107

/** HTTP on a Unix socket that only this user may open. One process has the data directory, so an old socket is a dead one's. */
export function createControlServer(deps: { dataDir: string; actions: ControlActions; log: Logger }): ControlServer {
  const path = join(deps.dataDir, CONTROL_SOCKET)
  let server: FastifyInstance | undefined

  return {
    async start() {
      const bytes = Buffer.byteLength(path)
      if (bytes > SOCKET_PATH_BYTES_MAX) {
        const problem = `dataDir: the socket's path has ${bytes} bytes, at most ${SOCKET_PATH_BYTES_MAX}`
        throw gatewayError('GW_LISTEN', { what: 'control', path, problem })
      }
      await rm(path, { force: true })
      server = buildControlApp(deps.actions, deps.log)
      try {
        await server.listen({ path })
        await chmod(path, 0o600)
      } catch (cause) {
        throw gatewayError('GW_LISTEN', { what: 'control', path, problem: (cause as NodeJS.ErrnoException).code }, cause)
      }
    },
    async stop() {
      await server?.close()
    },
  }
}

function buildControlApp(actions: ControlActions, log: Logger): FastifyInstance {
  const app = fastify({ bodyLimit: 4_096, requestTimeout: 60_000, forceCloseConnections: 'idle' })
  answerErrors(app, log)
  app.get(CONTROL_PATHS.status, () => actions.status())
  app.post(CONTROL_PATHS.stop, (_, reply) => {
    actions.stop()
    return reply.code(202).send({})
  })
  app.post(CONTROL_PATHS.devices, async (request) => {
    const { kind, id } = checked<IssueDeviceV1>(IssueDeviceV1, request.body)
    log.info({ kind, deviceId: id }, 'control: a device certificate is issued')
    return actions.issueDevice(kind, id)
  })
  app.post(CONTROL_PATHS.revoke, async (request) => {
    const { id } = checked<RevokeDeviceV1>(RevokeDeviceV1, request.body)
    log.info({ deviceId: id }, 'control: a device is revoked')
    await actions.revokeDevice(id)
    return {}
  })
  app.post(CONTROL_PATHS.backup, () => actions.backup())
  addBrokerRoutes(app, actions.brokerFiles, log)
  addTerminalRoutes(app, actions.terminals, log)
  addCareRoutes(app, actions.care, log)
  addOperatorRoutes(app, actions.operators, log)
  addTakingsRoutes(app, actions.takings, log)
  app.addContentTypeParser(PHOTOS_TYPE, { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  app.post(CONTROL_PATHS.enrol, { bodyLimit: LIMITS.enrolPhotosMax * LIMITS.enrolPhotoBytesMax }, async (request) => {
    const { personRef, bytes, ...allowance } = checked<EnrolQueryV1>(EnrolQueryV1, request.query)
    const result = await actions.enrol(personRef, splitPhotos(request.body, bytes.split(',').map(Number)), allowedBy(allowance))
    log.info({ personRef, result: result.kind, ...(result.kind === 'refused' ? { reason: result.reason } : {}) }, 'control: enrolment')
    return result
  })
  return app
}

function checked<T>(schema: TSchema, value: unknown): T {
  const problem = schemaError(schema, value)
  if (problem !== undefined) throw gatewayError('GW_CONTROL_INVALID', { problem })
  return value as T
}

function allowedBy({ allowBy: by, allowReason: reason }: Pick<EnrolQueryV1, 'allowBy' | 'allowReason'>): EnrolOptions {
  if (by === undefined && reason === undefined) return {}
  if (by === undefined) throw gatewayError('GW_CONTROL_INVALID', { problem: '/allowBy: is missing beside allowReason' })
  if (reason === undefined) throw gatewayError('GW_CONTROL_INVALID', { problem: '/allowReason: is missing beside allowBy' })
  return { allowDuplicate: { by, reason } }
}

function splitPhotos(body: unknown, lengths: readonly number[]): Uint8Array[] {
  const whole = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const sum = lengths.reduce((before, length) => before + length, 0)
  if (sum !== whole.length) throw gatewayError('GW_CONTROL_INVALID', { problem: `bytes: ${sum} announced, ${whole.length} received` })
  let from = 0
  // Copies: the engine takes each photo's memory over.
  return lengths.map((length) => Uint8Array.prototype.slice.call(whole, from, (from += length)))
}
