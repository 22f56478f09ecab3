import type { Change, RunChange } from '../audit/change.js'
import { fail } from '../errors.js'
import { dropGateFromPermits } from '../permit/permit-ending.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import { unknownEstates } from './estate-register.js'
import * as gates from './gate-repository.js'

export interface GateService {
  /**
   * Makes the gate, or sets all of it anew.
   * @throws AppError SV_GATE_NO_FACE_FREE_WAY, SV_GATE_DOOR_TAKEN, SV_GATE_CAMERA_TAKEN
   */
  put(by: string, estateId: string, gate: gates.GateRecord): Promise<void>
  /** Permits lose the gate; one that has no other ends. @throws AppError SV_HTTP_NOT_FOUND */
  remove(by: string, estateId: string, gateId: string): Promise<void>
}

/** One door and one camera each belong to one gate: two would open each other's. */
async function refuseTaken(change: Change, estateId: string, gate: gates.GateRecord): Promise<void> {
  const others = (await gates.listActive(change.tx, estateId)).filter((other) => other.gateId !== gate.gateId)
  const sameDoor = others.find((other) => other.controllerId === gate.controllerId && other.doorNo === gate.doorNo)
  if (sameDoor !== undefined) throw fail('SV_GATE_DOOR_TAKEN', { field: 'doorNo', gateId: sameDoor.gateId })
  const sameCamera = others.find((other) => other.cameraIds.some((cameraId) => gate.cameraIds.includes(cameraId)))
  if (sameCamera !== undefined) throw fail('SV_GATE_CAMERA_TAKEN', { field: 'cameraIds', gateId: sameCamera.gateId })
}

async function put(change: Change, estateId: string, gate: gates.GateRecord): Promise<void> {
  const { tx } = change
  if ((await unknownEstates(tx, [estateId])).length > 0) throw fail('SV_HTTP_NOT_FOUND')
  await refuseTaken(change, estateId, gate)
  const before = await gates.findActive(tx, estateId, gate.gateId)
  await gates.save(tx, estateId, gate)
  await appendRosterChange(tx, estateId, `gate:${gate.gateId}`, { kind: 'gate.v1', ...gate })
  await change.audit({
    action: before === null ? 'gate.create' : 'gate.change', subject: `gate:${estateId}/${gate.gateId}`, estateId,
    ...(before === null ? {} : { before: { ...before } }), after: { ...gate },
  })
}

async function remove(change: Change, estateId: string, gateId: string): Promise<void> {
  const { tx } = change
  const before = await gates.findActive(tx, estateId, gateId)
  if (before === null) throw fail('SV_HTTP_NOT_FOUND')
  await dropGateFromPermits(change, estateId, gateId)
  await gates.remove(tx, estateId, gateId, change.atMs)
  await appendRosterChange(tx, estateId, `gate:${gateId}`, { kind: 'gate-deleted.v1', gateId })
  await change.audit({ action: 'gate.remove', subject: `gate:${estateId}/${gateId}`, estateId, before: { ...before } })
}

export const createGateService = (deps: { change: RunChange }): GateService => ({
  async put(by, estateId, gate) {
    if (gate.faceFreeWays.length === 0) throw fail('SV_GATE_NO_FACE_FREE_WAY', { field: 'faceFreeWays' })
    await deps.change(by, (change) => put(change, estateId, gate))
  },
  remove: (by, estateId, gateId) => deps.change(by, (change) => remove(change, estateId, gateId)),
})
