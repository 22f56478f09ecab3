import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { deviceConnections } from '../gate-state/device-signs.js'
import * as repository from './device-repository.js'
import { type DeviceRegisters, concernsOf, heardAtMs } from './device-rules.js'
import type { DeviceView } from './schemas.js'

function settingsOf(settings: repository.SettingsRow | undefined, { parameters }: DeviceRegisters): DeviceView['settings'] {
  if (settings === undefined) return null
  const answer = parameters?.value.parameterSetId === settings.parameterSetId ? parameters.value : undefined
  return { ...settings, state: answer?.outcome ?? 'waiting', problems: answer?.problems ?? [] }
}

/** Devices in scope by estate and id: all that a gate is told to have, and all that a gateway spoke of. */
export async function devicesWithin(read: Tx, scope: EstateScope, nowMs: number): Promise<DeviceView[]> {
  const [known, atGates, settings, connection] = await Promise.all([
    repository.registersWithin(read, scope), repository.devicesOfGates(read, scope), repository.settingsWithin(read, scope), deviceConnections(read, scope, nowMs),
  ])
  const registers = new Map(known.map((row) => [repository.deviceKey(row.estateId, row.deviceId), row.registers]))
  const gates = new Map<string, repository.GateOfDevice[]>()
  for (const row of atGates) {
    const key = repository.deviceKey(row.estateId, row.deviceId)
    gates.set(key, [...(gates.get(key) ?? []), row])
  }
  const all = new Map([...atGates, ...known].map(({ estateId, deviceId }) => [repository.deviceKey(estateId, deviceId), { estateId, deviceId }]))
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { estateId, deviceId }]): DeviceView => {
    const own = registers.get(key) ?? {}
    const { condition, gatewayContactAtMs } = connection(estateId, deviceId)
    const info = own.info?.value
    return {
      estateId, deviceId, kind: info?.deviceKind ?? own.status?.value.deviceKind ?? gates.get(key)?.find((row) => row.kind !== null)?.kind ?? null,
      gateNames: [...new Set((gates.get(key) ?? []).map((row) => row.gateName))], condition, concerns: concernsOf(own, condition),
      lastSeenMs: condition === 'online' ? gatewayContactAtMs : heardAtMs(own), clockOffsetMs: own.status?.value.clockOffsetMs ?? null,
      model: info?.model ?? null, firmware: info?.firmware ?? null, capabilities: info?.capabilities ?? [],
      certificateFingerprint: info?.certificateFingerprint ?? null, revoked: info?.revoked ?? false,
      health: own.health === undefined ? null : { atMs: own.health.atMs, ...own.health.value }, settings: settingsOf(settings.get(key), own),
      firmwareUpdate: own.firmware === undefined ? null : { ...own.firmware.value, atMs: own.firmware.atMs },
    }
  })
}
