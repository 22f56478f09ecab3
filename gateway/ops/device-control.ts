import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { DEVICE_KINDS, type DeviceKind } from '#contract/message-table.js'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import type { Logger } from '#kernel/log.js'
import type { ReleasedZone } from '../alarm/fire-zones.js'
import type { AlarmRow } from '../alarm/ports.js'
import type { CaredDevice } from '../device/device-list.js'
import { gatewayError } from '../errors.js'

/** What the command line asks about devices, alarms and fire. */
export const CARE_PATHS = {
  devices: '/v1/devices',
  claimCodes: '/v1/claim-codes',
  alarms: '/v1/alarms',
  zones: '/v1/zones',
} as const

export const ClaimCodeRequestV1 = Closed({ kind: Type.Union(DEVICE_KINDS.map((kind) => Type.Literal(kind))), id: Slug })
export const MoveAlarmV1 = Closed({ alarmId: UuidText, state: Type.Union([Type.Literal('acknowledged'), Type.Literal('cleared')]) })
export type MoveAlarmV1 = Static<typeof MoveAlarmV1>
export const ResetZoneV1 = Closed({ zoneId: Slug })

/** A code for the installer, and where the device shows it. */
export interface GivenCode {
  readonly code: string
  readonly expiresAtMs: number
  readonly claimPort: number
}

export interface CareActions {
  devices(): readonly CaredDevice[]
  /** @throws GW_DEVICE_EXISTS */
  giveCode(kind: DeviceKind, deviceId: string): Promise<GivenCode>
  alarms(): readonly AlarmRow[]
  moveAlarm(move: MoveAlarmV1): Promise<'done' | 'refused'>
  zones(): readonly ReleasedZone[]
  resetZone(zoneId: string): Promise<'done' | 'refused'>
}

const checked = <T>(schema: Parameters<typeof schemaError>[0], value: unknown): T => {
  const problem = schemaError(schema, value)
  if (problem !== undefined) throw gatewayError('GW_CONTROL_INVALID', { problem })
  return value as T
}

/** @param actions asked anew for every request: there are none before the gateway is open */
export function addCareRoutes(app: FastifyInstance, actions: () => CareActions, log: Logger): void {
  app.get(CARE_PATHS.devices, () => ({ devices: actions().devices() }))
  app.post(CARE_PATHS.claimCodes, async (request) => {
    const { kind, id } = checked<{ kind: DeviceKind; id: string }>(ClaimCodeRequestV1, request.body)
    log.info({ kind, deviceId: id }, 'control: a claim code is given out')
    return actions().giveCode(kind, id)
  })
  app.get(CARE_PATHS.alarms, () => ({ alarms: actions().alarms() }))
  app.post(CARE_PATHS.alarms, async (request) => {
    const move = checked<MoveAlarmV1>(MoveAlarmV1, request.body)
    log.info(move, 'control: an alarm is moved')
    if ((await actions().moveAlarm(move)) === 'refused') throw gatewayError('GW_ALARM_REFUSED', { ...move })
    return {}
  })
  app.get(CARE_PATHS.zones, () => ({ zones: actions().zones() }))
  app.post(CARE_PATHS.zones, async (request) => {
    const { zoneId } = checked<{ zoneId: string }>(ResetZoneV1, request.body)
    log.info({ zoneId }, 'control: a fire zone is reset')
    if ((await actions().resetZone(zoneId)) === 'refused') throw gatewayError('GW_FIRE_REFUSED', { zoneId })
    return {}
  })
}
