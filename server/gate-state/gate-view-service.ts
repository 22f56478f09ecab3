import { Type, type Static } from 'typebox'
import { DOOR_MODES, DOOR_MODE_CAUSES } from '#contract/device-messages.js'
import { Closed, Slug } from '#contract/wire-types.js'
import type { Clock } from '#kernel/clock.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { GATE_ALARMS, conditionOf, deviceCondition, dayStartMs } from './gate-state-rules.js'
import * as views from './gate-view-repository.js'

const words = <Word extends string>(...all: readonly Word[]) => Type.Unsafe<Word>(Type.Union(all.map((word) => Type.Literal(word))))
const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])

/** A gate as managers see it now. */
export const GateView = Closed({
  estateId: Slug, gateId: Slug, name: Type.String(),
  relay: OrNull(words('locked', 'released')), contact: words('closed', 'open', 'unknown'),
  fire: Type.Boolean({ description: 'Released by the fire input until reset by hand' }), alarm: OrNull(words(...GATE_ALARMS)),
  mode: words(...DOOR_MODES), modeCause: OrNull(words(...DOOR_MODE_CAUSES)),
  controller: words('online', 'offline', 'unknown'), updatedAtMs: OrNull(Type.Integer()),
  grantedToday: Type.Integer(), refusedToday: Type.Integer(),
})
export type GateView = Static<typeof GateView>

export interface GateViewService {
  /** Gates in scope by estate and id. "Today" begins at midnight in Jiangmen. */
  list(scope: EstateScope): Promise<GateView[]>
}

export const createGateViewService = ({ read, clock }: { read: Tx; clock: Clock }): GateViewService => ({
  async list(scope) {
    const now = clock.wallMs()
    const [gates, registers, signs] = await Promise.all([
      views.gatesWithin(read, scope), views.registersWithin(read, scope), views.deviceSigns(read, scope, 'controller'),
    ])
    const count = await views.passageCounts(read, [...new Set(gates.map((gate) => gate.estateId))], dayStartMs(now))
    return gates.map(({ estateId, gateId, name, controllerId }) => ({
      estateId, gateId, name, ...conditionOf(registers.get(views.gateKey(estateId, gateId)) ?? {}),
      controller: deviceCondition(signs.get(views.gateKey(estateId, controllerId)), now),
      grantedToday: count(estateId, gateId, 'granted'), refusedToday: count(estateId, gateId, 'refused'),
    }))
  },
})
