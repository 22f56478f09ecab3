import { DEVICE_KINDS } from '#contract/message-table.js'
import type { CommandOutput } from './cli-commands.js'
import { done, refused, usage } from './cli-commands.js'
import type { CaredDevice } from './device/device-list.js'
import type { ControlClient } from './ops/control-client.js'

const clockOf = (offsetMs: number | null): string => (offsetMs === null ? '-' : `${(offsetMs / 1_000).toFixed(1)} s`)
const timeOf = (atMs: number | null): string => (atMs === null ? 'not since the start' : new Date(atMs).toISOString())

const deviceLine = (device: CaredDevice): string => [
  device.deviceId, device.deviceKind, device.revoked ? 'revoked' : device.online ? 'online' : 'away', device.firmware ?? '-',
  `clock ${clockOf(device.clockOffsetMs)}`, `seen ${timeOf(device.lastSeenAtMs)}`,
  ...(device.faults.length === 0 ? [] : [`faults: ${device.faults.join(', ')}`]),
  ...(device.parameters === null ? [] : [`settings ${device.parameters.state}`]),
  ...(device.firmwareJob === null ? [] : [`firmware ${device.firmwareJob.version} ${device.firmwareJob.stage}`]),
].join('  ')

/** All devices with what is known of them. */
export async function devices(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.devices()
  if (!answer.ok) return refused(answer.error)
  return done(answer.value, answer.value.devices.map(deviceLine).join('\n') || 'no device is registered')
}

/** A code by which a device gets its certificate, once. @throws GW_USAGE where the kind is unknown */
export async function claimCode(client: ControlClient, options: { kind: string; id: string }): Promise<CommandOutput> {
  const kind = DEVICE_KINDS.find((known) => known === options.kind)
  if (kind === undefined) throw usage('--kind', `must be one of ${DEVICE_KINDS.join(', ')}`)
  const answer = await client.giveCode(kind, options.id)
  if (!answer.ok) return refused(answer.error)
  const { code, expiresAtMs, claimPort } = answer.value
  return done({ deviceId: options.id, kind, ...answer.value }, `${kind} ${options.id}: ${code}, on port ${claimPort}, until ${timeOf(expiresAtMs)}`)
}

/** Alarms that somebody has to look at. */
export async function alarms(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.alarms()
  if (!answer.ok) return refused(answer.error)
  const lines = answer.value.alarms.map(({ alarmId, alarm, gateId, deviceId, phase, detail, raisedAtMs }) => {
    const state = phase.kind === 'cleared' ? 'over, not seen' : `${phase.active ? 'stands' : 'to be cleared'}${phase.acknowledged ? ', seen' : ''}`
    return [alarmId, alarm, gateId ?? deviceId ?? 'gateway', state, detail ?? '', timeOf(raisedAtMs)].join('  ')
  })
  return done(answer.value, lines.join('\n') || 'no alarm')
}

/** @throws GW_USAGE where it is not said what is to be done */
export async function moveAlarm(client: ControlClient, options: { id: string; acknowledge?: true; clear?: true }): Promise<CommandOutput> {
  if ((options.acknowledge === true) === (options.clear === true)) throw usage('--acknowledge', 'either it or --clear')
  const state = options.clear === true ? 'cleared' : 'acknowledged'
  const answer = await client.moveAlarm({ alarmId: options.id, state })
  return answer.ok ? done({ alarmId: options.id, state }, `${options.id} is ${state}`) : refused(answer.error)
}

/** Zones that fire has released. */
export async function zones(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.zones()
  if (!answer.ok) return refused(answer.error)
  const lines = answer.value.zones.map(({ zoneId, inputs, mayReset }) =>
    `${zoneId}  ${inputs.map(({ deviceId, state }) => `${deviceId} ${state}`).join(', ')}  ${mayReset ? 'may be reset' : 'reset the inputs first'}`)
  return done(answer.value, lines.join('\n') || 'no zone is released')
}

export async function resetZone(client: ControlClient, options: { zone: string }): Promise<CommandOutput> {
  const answer = await client.resetZone(options.zone)
  return answer.ok ? done({ zoneId: options.zone }, `${options.zone} is reset`) : refused(answer.error)
}
