import { Type } from 'typebox'
import { atEstate, callerOf, estateInParams, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { GATE_ROLES } from '../gate-state/routes.js'
import { OrderView } from '../order/schemas.js'
import type { DeviceService } from './device-service.js'
import { ClaimBody, Claimed, DeviceList, DeviceParams, DeviceQuery, HistoryPage, HistoryQuery, RevokeBody, SettingsBody } from './schemas.js'

const tags = ['devices']

/** Cameras, controllers, readers and terminals: how they are, and what is asked of them. */
export const deviceRoutes = (deps: { devices: DeviceService }): Routes => (app) => {
  const { devices } = deps
  const managers = { access: atEstate(estateInParams, 'estate-manager', 'admin') }

  app.get('/api/devices', {
    config: { access: scoped(...GATE_ROLES) },
    schema: { summary: 'Devices and how they are', tags, querystring: DeviceQuery, response: { 200: DeviceList } },
  }, async (request) => ({ devices: await devices.list(requestedScope(request, request.query.estateId)) }))

  app.get('/api/estates/:estateId/devices/:deviceId/history', {
    config: { access: atEstate(estateInParams, ...GATE_ROLES) },
    schema: { summary: 'What was told of a device, newest first', tags, params: DeviceParams, querystring: HistoryQuery, response: { 200: HistoryPage } },
  }, (request) => devices.history(request.params.estateId, request.params.deviceId, request.query))

  app.put('/api/estates/:estateId/devices/:deviceId/settings', {
    config: managers,
    schema: {
      summary: 'Set all settings of a device that are not as delivered; its gateway hands them on', tags, params: DeviceParams, body: SettingsBody,
      response: { 204: Type.Null() },
    },
  }, async (request, reply) => {
    await devices.set(callerOf(request).userId, request.params.estateId, request.params.deviceId, request.body.values)
    return reply.code(204).send(null)
  })

  app.post('/api/estates/:estateId/device-claims', {
    config: managers,
    schema: {
      summary: 'Give out a code with which a device gets its certificate', tags, params: Type.Pick(DeviceParams, ['estateId']), body: ClaimBody,
      response: { 202: Claimed },
    },
  }, async (request, reply) => {
    const { note, ...device } = request.body
    return reply.code(202).send(await devices.claim(callerOf(request).userId, request.params.estateId, device, note))
  })

  app.post('/api/estates/:estateId/devices/:deviceId/revoke', {
    config: managers,
    schema: { summary: 'Shut a device out: its certificate opens nothing any more', tags, params: DeviceParams, body: RevokeBody, response: { 202: OrderView } },
  }, async (request, reply) => {
    const { estateId, deviceId } = request.params
    return reply.code(202).send(await devices.revoke(callerOf(request).userId, estateId, deviceId, request.body.note))
  })
}
