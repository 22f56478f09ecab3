import type { AuditFacts } from '../audit/audit-log.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { ResidentPasses } from '../household/resident-passes.js'
import { dropGateFromPermits } from '../permit/permit-ending.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import { unknownSchedules } from '../rule/schedule-register.js'
import { dropGateFromVisits } from '../visitor/visit-ending.js'
import { unknownEstates } from './estate-register.js'
import * as gates from './gate-repository.js'
import { gateRulesProblem, schedulesOfGate } from './gate-rules.js'

export interface GateService {
  /** Gates of the estate with all that gateways are told of them, by id. */
  list(estateId: string): Promise<gates.GateRecord[]>
  /**
   * Makes the gate, or sets all of it anew.
   * @throws AppError SV_GATE_NO_FACE_FREE_WAY, SV_GATE_DOOR_TAKEN, SV_GATE_DEVICE_TAKEN, SV_GATE_RULES, SV_SCHEDULE_UNKNOWN
   */
  put(by: string, estateId: string, gate: gates.GateRecord): Promise<void>
  /** Permits and visits lose the gate; one that has no other ends. @throws AppError SV_HTTP_NOT_FOUND */
  remove(by: string, estateId: string, gateId: string): Promise<void>
}

/** One door and one device each belong to one gate: two would open each other's. */
async function refuseTaken(change: Change, estateId: string, gate: gates.GateRecord): Promise<void> {
  const others = (await gates.listActive(change.tx, estateId)).filter((other) => other.gateId !== gate.gateId)
  const sameDoor = others.find((other) => other.controllerId === gate.controllerId && other.doorNo === gate.doorNo)
  if (sameDoor !== undefined) throw fail('SV_GATE_DOOR_TAKEN', { field: 'doorNo', gateId: sameDoor.gateId })
  const mine = new Set(gate.devices.map((device) => device.deviceId))
  const sameDevice = others.find((other) => other.devices.some((device) => mine.has(device.deviceId)))
  if (sameDevice !== undefined) throw fail('SV_GATE_DEVICE_TAKEN', { field: 'devices', gateId: sameDevice.gateId })
}

async function refuseRules(change: Change, estateId: string, gate: gates.GateRecord): Promise<void> {
  const others = (await gates.listActive(change.tx, estateId)).filter((other) => other.gateId !== gate.gateId)
  const problem = gateRulesProblem(gate, others)
  if (problem !== undefined) throw fail('SV_GATE_RULES', { ...problem })
  const unknown = await unknownSchedules(change.tx, estateId, schedulesOfGate(gate))
  if (unknown.length > 0) throw fail('SV_SCHEDULE_UNKNOWN', { field: 'rules', scheduleIds: unknown })
}

/** Settings as the audit log holds them: flat. */
const factsOf = ({ devices, rules, ...plain }: gates.GateRecord): AuditFacts =>
  ({ ...plain, devices: devices.map(({ deviceId, direction }) => `${deviceId} ${direction}`), ...rules })

async function put(change: Change, passes: ResidentPasses, estateId: string, gate: gates.GateRecord): Promise<void> {
  const { tx } = change
  if ((await unknownEstates(tx, [estateId])).length > 0) throw fail('SV_HTTP_NOT_FOUND')
  await refuseTaken(change, estateId, gate)
  await refuseRules(change, estateId, gate)
  const before = await gates.findActive(tx, estateId, gate.gateId)
  await gates.save(tx, estateId, gate)
  await appendRosterChange(tx, estateId, `gate:${gate.gateId}`, { kind: 'gate.v2', ...gate })
  await change.audit({
    action: before === null ? 'gate.create' : 'gate.change', subject: `gate:${estateId}/${gate.gateId}`, estateId,
    ...(before === null ? {} : { before: factsOf(before) }), after: factsOf(gate),
  })
  if (before === null) await passes.gateAdded(change, estateId, gate.gateId)
}

async function remove(change: Change, passes: ResidentPasses, estateId: string, gateId: string): Promise<void> {
  const { tx } = change
  const before = await gates.findActive(tx, estateId, gateId)
  if (before === null) throw fail('SV_HTTP_NOT_FOUND')
  await passes.gateLeaves(change, estateId, gateId)
  await dropGateFromPermits(change, estateId, gateId)
  await dropGateFromVisits(change, estateId, gateId)
  await gates.remove(tx, estateId, gateId, change.atMs)
  await appendRosterChange(tx, estateId, `gate:${gateId}`, { kind: 'gate-deleted.v1', gateId })
  await change.audit({ action: 'gate.remove', subject: `gate:${estateId}/${gateId}`, estateId, before: factsOf(before) })
}

export const createGateService = (deps: { read: Tx; change: RunChange; passes: ResidentPasses }): GateService => ({
  list: (estateId) => gates.listActive(deps.read, estateId),
  async put(by, estateId, gate) {
    if (gate.faceFreeWays.length === 0) throw fail('SV_GATE_NO_FACE_FREE_WAY', { field: 'faceFreeWays' })
    await deps.change(by, (change) => put(change, deps.passes, estateId, gate))
  },
  remove: (by, estateId, gateId) => deps.change(by, (change) => remove(change, deps.passes, estateId, gateId)),
})
