import type { GateRecord } from './gate-repository.js'

export interface GateProblem {
  /** Dotted name of the request's field. */
  readonly field: string
  readonly problem: string
}

/**
 * The first thing about the gate's rules that cannot work, beside what the wire's schema says.
 * @param others gates of the estate but this one
 */
export function gateRulesProblem(gate: GateRecord, others: readonly GateRecord[]): GateProblem | undefined {
  const { rules } = gate
  if (rules.antiPassback !== 'off' && rules.areaId === null) return { field: 'rules.areaId', problem: 'is needed for anti-passback' }
  if (rules.occupancyMax !== null && rules.areaId === null) return { field: 'rules.areaId', problem: 'is needed for a limit of occupancy' }
  if (rules.firstPersonIn && rules.openScheduleId === null) return { field: 'rules.openScheduleId', problem: 'is needed for the first person in' }
  if (rules.openScheduleId !== null && rules.openScheduleId === rules.lockedScheduleId) {
    return { field: 'rules.lockedScheduleId', problem: 'is the one at which the gate is kept open' }
  }
  // Whoever cannot be seen to leave would be shut out for good after one entry.
  const sameArea = [gate, ...others.filter((other) => other.rules.areaId === rules.areaId)]
  const wayOut = sameArea.some((other) => other.devices.some((device) => device.direction === 'out'))
  if (rules.antiPassback === 'hard' && !wayOut) return { field: 'rules.antiPassback', problem: 'hard needs a device at a gate of the area that sees people leave' }
  if (rules.occupancyMax !== null && !wayOut) return { field: 'rules.occupancyMax', problem: 'needs a device at a gate of the area that sees people leave' }
  return undefined
}

/** The schedules that the gate goes by. */
export const schedulesOfGate = ({ rules }: GateRecord): string[] => [rules.openScheduleId, rules.lockedScheduleId].filter((id) => id !== null)
