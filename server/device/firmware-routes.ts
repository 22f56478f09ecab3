import { Type } from 'typebox'
import { SYNC_PATHS } from '#contract/sync-api.js'
import { atEstate, callerOf, estateInParams, everywhere, gatewayAccess, scoped } from '../http/access.js'
import type { App, Routes } from '../http/app-types.js'
import { OrderView } from '../order/schemas.js'
import type { GatewayAuth } from '../sync/gateway-auth.js'
import { gatewayOf, knowsGateway } from '../sync/gateway-request.js'
import type { FirmwareService } from './firmware-service.js'
import { DeviceParams, Firmware, FirmwareList, FirmwareParams, FirmwareQuery, JobParams, UpdateBody } from './schemas.js'

const tags = ['devices']
const BINARY = 'application/octet-stream'

/** The one route that takes a body of another kind than JSON: it is written to disk as it comes. */
const uploadRoute = (deps: { firmware: FirmwareService }) => async (plain: object): Promise<void> => {
  const app = plain as App
  app.addContentTypeParser(BINARY, (_request, payload, done) => done(null, payload))
  app.post('/api/firmware', {
    config: { access: everywhere('admin') },
    schema: { summary: `Upload a firmware file (${BINARY})`, tags, querystring: FirmwareQuery, response: { 200: Firmware, 201: Firmware } },
  }, async (request, reply) => {
    const { file, isNew } = await deps.firmware.upload(callerOf(request).userId, request.query, request.body)
    return reply.code(isNew ? 201 : 200).send(file)
  })
}

/** Firmware files, and the updates that are ordered with them. */
export const firmwareRoutes = (deps: { firmware: FirmwareService; auth: GatewayAuth }): Routes => (app) => {
  const { firmware } = deps
  void app.register(uploadRoute(deps))

  app.get('/api/firmware', {
    config: { access: scoped('estate-manager', 'admin') },
    schema: { summary: 'Firmware files, newest first', tags, response: { 200: FirmwareList } },
  }, async () => ({ files: await firmware.list() }))

  app.delete('/api/firmware/:firmwareId', {
    config: { access: everywhere('admin') },
    schema: { summary: 'Remove a firmware file that no order waits for', tags, params: FirmwareParams, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await firmware.remove(callerOf(request).userId, request.params.firmwareId)
    return reply.code(204).send(null)
  })

  app.post('/api/estates/:estateId/devices/:deviceId/firmware', {
    config: { access: atEstate(estateInParams, 'estate-manager', 'admin') },
    schema: { summary: 'Order the update of a device', tags, params: DeviceParams, body: UpdateBody, response: { 202: OrderView } },
  }, async (request, reply) => {
    const { firmwareId, note } = request.body
    return reply.code(202).send(await firmware.update(callerOf(request).userId, request.params, firmwareId, note))
  })

  app.get(`${SYNC_PATHS.firmware}/:jobId`, {
    onRequest: knowsGateway(app, deps.auth), config: { access: gatewayAccess },
    schema: { summary: 'The file of a firmware order', tags: ['gateway sync'], security: [{ gateway: [] }], params: JobParams },
  }, async (request, reply) => {
    const { file, stream } = await firmware.fileOfJob(gatewayOf(request).gatewayId, request.params.jobId)
    return reply.type(BINARY).header('content-length', file.bytes).send(stream)
  })
}
