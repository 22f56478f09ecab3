import type { GateRules, GateSetup } from '../../kit/api/pass-types.js'

/** A gate's rules as a form holds them: what may be missing is an empty text. */
export interface GateDraft {
  zoneId: string
  faceFreeWays: string[]
  outDevices: string[]
  antiPassback: GateRules['antiPassback']
  antiPassbackMinutes: number
  areaId: string
  occupancyMax: number | ''
  interlockGroup: string
  openScheduleId: string
  lockedScheduleId: string
  firstPersonIn: boolean
}

export const draftOf = ({ zoneId, faceFreeWays, devices, rules }: GateSetup): GateDraft => ({
  zoneId, faceFreeWays: [...faceFreeWays], outDevices: devices.filter((device) => device.direction === 'out').map((device) => device.deviceId),
  antiPassback: rules.antiPassback, antiPassbackMinutes: rules.antiPassbackMinutes, areaId: rules.areaId ?? '', occupancyMax: rules.occupancyMax ?? '',
  interlockGroup: rules.interlockGroup ?? '', openScheduleId: rules.openScheduleId ?? '', lockedScheduleId: rules.lockedScheduleId ?? '', firstPersonIn: rules.firstPersonIn,
})

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())

/** The gate as the server takes it; what the form does not show stays as it was. */
export const setupOf = (gate: GateSetup, draft: GateDraft): GateSetup => ({
  ...gate, zoneId: draft.zoneId.trim(), faceFreeWays: draft.faceFreeWays,
  devices: gate.devices.map(({ deviceId }) => ({ deviceId, direction: draft.outDevices.includes(deviceId) ? 'out' : 'in' })),
  rules: {
    antiPassback: draft.antiPassback, antiPassbackMinutes: draft.antiPassbackMinutes, areaId: orNull(draft.areaId),
    occupancyMax: draft.occupancyMax === '' ? null : draft.occupancyMax,
    interlockGroup: orNull(draft.interlockGroup), openScheduleId: orNull(draft.openScheduleId), lockedScheduleId: orNull(draft.lockedScheduleId),
    firstPersonIn: draft.firstPersonIn && draft.openScheduleId !== '',
  },
})
