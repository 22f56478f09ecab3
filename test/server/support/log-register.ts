import { systemIds } from './temp-database.js'
import type { TestServer } from './test-server.js'

let made = 0
const fresh = (): string => `made-${(made += 1)}`

/** Rows of what gateways report and are asked, as if it had come over the wire. */
export function logRegisterOf(server: TestServer) {
  const nowMs = (): bigint => BigInt(server.clock.wallMs())
  const place = () => ({ gatewayId: systemIds.uuid(), epoch: 1, seq: 1 })
  const gatewayInService = async (estateId: string): Promise<string> => {
    const gatewayId = systemIds.uuid()
    await server.db.transact((tx) => tx.gateway.create({ data: { gatewayId, estateId, name: 'gateway', claimedAtMs: nowMs(), createdAtMs: nowMs() } }))
    return gatewayId
  }
  return {
    /** Of the latest one in service; the estate's orders go to it. */
    gatewayInService,
    gateInService: async (estateId: string): Promise<string> => {
      const gateId = fresh()
      await gatewayInService(estateId)
      await server.db.transact((tx) => tx.gate.create({ data: { estateId, gateId, name: '南门', controllerId: fresh(), doorNo: 1, releaseMs: 3_000, faceFreeWays: '["guard"]' } }))
      return gateId
    },
    /** An alarm of a gateway in service that nobody looked at. */
    alarm: async (estateId: string, kind = 'forced'): Promise<string> => {
      const gatewayId = await gatewayInService(estateId)
      const alarmId = systemIds.uuid()
      const value = { alarm: kind, gateId: 'gate-1', deviceId: null, passageId: null, personRef: null, detail: null, operatorRef: null }
      const registers = JSON.stringify({ raised: { ...place(), gatewayId, atMs: Number(nowMs()), value } })
      await server.db.transact((tx) => tx.alarm.create({ data: {
        gatewayId, alarmId, estateId, kind, state: 'raised', open: true, gateId: 'gate-1', raisedAtMs: nowMs(), updatedAtMs: nowMs(), registers,
      } }))
      return alarmId
    },
    order: async (estateId: string): Promise<string> => {
      const orderId = systemIds.uuid()
      await server.db.transact((tx) => tx.gatewayOrder.create({ data: {
        orderId, gatewayId: systemIds.uuid(), estateId, kind: 'open-door.v1', subject: 'gate:gate-1', content: '{"gateId":"gate-1","reason":"visitor"}', operatorRef: systemIds.uuid(),
        createdAtMs: nowMs(), expiresAtMs: nowMs() + 10_000n, life: 'earlier', deadlineMonoMs: 0,
      } }))
      return orderId
    },
    /** A controller of model `m`. */
    device: async (estateId: string): Promise<string> => {
      const deviceId = fresh()
      const value = { deviceKind: 'controller', model: 'm', firmware: '1', capabilities: [], certificateFingerprint: null, revoked: false }
      await server.db.transact((tx) => tx.deviceRecord.create({ data: {
        estateId, deviceId, updatedAtMs: nowMs(), registers: JSON.stringify({ info: { ...place(), atMs: Number(nowMs()), value } }),
      } }))
      return deviceId
    },
    /** A firmware file for controllers of model `m`. */
    firmware: async (bytes = Buffer.from('firmware')): Promise<string> => {
      const answer = await server.call('POST', `/api/firmware?deviceKind=controller&model=m&version=${fresh()}`, {
        as: await server.as('admin@*'), body: bytes, headers: { 'content-type': 'application/octet-stream' },
      })
      if (answer.status !== 201) throw new Error(`firmware: ${answer.status} ${JSON.stringify(answer.body)}`)
      return (answer.body as { firmwareId: string }).firmwareId
    },
  }
}
