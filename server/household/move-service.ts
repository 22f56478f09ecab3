import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { findHousehold } from './household-repository.js'
import { type MemberAdd, type MemberRemove, addMember, removeMember } from './member-change.js'
import { type MoveContext, type Touched, moveContext } from './move-common.js'
import { type MoveEffects, carryOutMove } from './move-effects.js'
import { type MoveIn, moveIn } from './move-in.js'
import { moveOut } from './move-out.js'
import { type Swap, swapUnits } from './swap.js'

/** `preview`: what would happen, and nothing does. Each throws AppError SV_HOUSEHOLD_*, SV_PERSON_*, SV_HTTP_*. */
export interface MoveService {
  moveIn(by: string, estateId: string, entry: MoveIn, preview: boolean): Promise<MoveEffects>
  addMember(by: string, householdId: string, entry: MemberAdd, preview: boolean): Promise<MoveEffects>
  removeMember(by: string, householdId: string, entry: MemberRemove, preview: boolean): Promise<MoveEffects>
  swap(by: string, householdId: string, entry: Swap, preview: boolean): Promise<MoveEffects>
  moveOut(by: string, householdId: string, lastDate: string, preview: boolean): Promise<MoveEffects>
  /** Undefined where there is no such household. */
  estateOf(householdId: string): Promise<string | undefined>
}

export function createMoveService(deps: { read: Tx; change: RunChange; ids: IdSource }): MoveService {
  const estateOf = async (householdId: string): Promise<string | undefined> => (await findHousehold(deps.read, householdId))?.estateId

  /** A preview is the move itself, taken back: what it shows is what would happen. */
  async function run(by: string, preview: boolean, estateId: string, households: readonly string[], move: (context: MoveContext) => Promise<Touched>): Promise<MoveEffects> {
    const takeBack = new Error('preview')
    let effects: MoveEffects | undefined
    const done = deps.change(by, async (change) => {
      const context = moveContext(change, deps.ids, estateId)
      effects = await carryOutMove(context, households, () => move(context))
      if (preview) throw takeBack
    })
    await done.catch((error: unknown) => {
      if (error !== takeBack) throw error
    })
    if (effects === undefined) throw new Error('a move that ended without effects')
    return effects
  }
  const ofHousehold = async (by: string, householdId: string, preview: boolean, move: (context: MoveContext) => Promise<Touched>, others: readonly string[] = []) =>
    run(by, preview, await estateOf(householdId) ?? '', [householdId, ...others], move)

  return {
    moveIn: (by, estateId, entry, preview) => run(by, preview, estateId, [], (context) => moveIn(context, entry)),
    addMember: (by, householdId, entry, preview) => ofHousehold(by, householdId, preview, (context) => addMember(context, householdId, entry)),
    removeMember: (by, householdId, entry, preview) => ofHousehold(by, householdId, preview, (context) => removeMember(context, householdId, entry)),
    swap: (by, householdId, entry, preview) =>
      ofHousehold(by, householdId, preview, (context) => swapUnits(context, householdId, entry), entry.otherHouseholdId === undefined ? [] : [entry.otherHouseholdId]),
    moveOut: (by, householdId, lastDate, preview) => ofHousehold(by, householdId, preview, (context) => moveOut(context, householdId, lastDate)),
    estateOf,
  }
}
