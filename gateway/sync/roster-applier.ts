import type { RosterItem } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { Exclusive } from '#kernel/exclusive.js'
import type { DeskHold } from '../desk/ports.js'
import type { TemplateKeeper } from '../enrol/template-keeper.js'
import type { GatewayStore, RosterSnapshot, StoreTx } from '../store/types.js'
import { holdOf, writeItem } from './roster-kinds.js'
import { type RosterPlan, type SnapshotMarks, planRosterPage } from './roster-plan-rules.js'

export interface RosterApplier {
  /** Where to ask on: past the last page, also inside a snapshot. */
  cursor(): Promise<number>
  /**
   * Applies one page in one transaction, its cursor with it; persons whose consent it ends leave every worker's
   * gallery before. Inside a snapshot the stored cursor stays where it was until `complete.v1` was applied: a process
   * killed in the middle gets the snapshot anew, and never forgets what it did not see named.
   */
  apply(items: readonly RosterItem[], cursor: number): Promise<void>
  /**
   * Takes over what was agreed at the estate's desk as if the server had said it, and does `also` in the same transaction.
   * What `also` holds (`putDeskHold`) stands through the server's snapshots until it names it or the hold is over.
   */
  agree(items: readonly RosterItem[], also: (tx: StoreTx) => Promise<void>): Promise<void>
}

/** @param deps.changed called with every new state of the roster, in the same `exclusive` */
export function createRosterApplier(deps: {
  store: GatewayStore; keeper: TemplateKeeper; exclusive: Exclusive; clock: Clock; changed: (roster: RosterSnapshot) => Promise<void>
}): RosterApplier {
  const { store, keeper, exclusive, clock, changed } = deps
  let snapshot: { readonly marks: SnapshotMarks; readonly cursor: number } | undefined
  /** The roster as it was committed last; nobody else writes it. Undefined after a failure: then it is read again. */
  let committed: RosterSnapshot | undefined
  /** A committed change that `changed` has not finished with: it is told again before the next page. */
  let untold = false

  const read = async (): Promise<RosterSnapshot> => (committed ??= await store.roster())

  const tell = async (): Promise<void> => {
    if (untold) await changed(await read())
    untold = false
  }

  const planOf = async (items: readonly RosterItem[], marks: SnapshotMarks | undefined, holds: readonly DeskHold[]): Promise<RosterPlan> => {
    const wallMs = clock.wallMs()
    const agreedHere = new Set(holds.filter(({ untilMs }) => wallMs < untilMs).map(({ itemId }) => itemId))
    return planRosterPage(items, { roster: await read(), held: keeper.held(), agreedHere, wallMs }, marks)
  }

  const carryOut = async (plan: RosterPlan, also: (tx: StoreTx) => Promise<void>): Promise<void> => {
    await keeper.erase(plan.erasures, async (tx) => {
      for (const item of plan.writes) await writeItem(tx, item)
      await also(tx)
    })
    committed = undefined
    untold ||= plan.writes.length > 0
  }

  const applyPage = async (items: readonly RosterItem[], cursor: number): Promise<void> => {
    const holds = await store.deskHolds()
    const plan = await planOf(items, snapshot?.marks, holds)
    const named = plan.writes.flatMap((item) => holdOf(item) ?? []).filter(({ itemId }) => holds.some((hold) => hold.itemId === itemId))
    await carryOut(plan, async (tx) => {
      for (const { kind, itemId } of named) await tx.dropDeskHold(kind, itemId)
      if (plan.marks === undefined) await tx.setRosterCursor(cursor)
    })
    snapshot = plan.marks === undefined ? undefined : { marks: plan.marks, cursor }
    await tell()
  }

  return {
    async cursor() {
      if (untold) await exclusive(tell)
      return snapshot?.cursor ?? (await read()).cursor
    },
    apply: (items, cursor) => exclusive(() => applyPage(items, cursor).catch((error: unknown) => {
      snapshot = undefined
      committed = undefined
      throw error
    })),
    agree: (items, also) => exclusive(async () => {
      await carryOut(await planOf(items, undefined, []), also)
      await tell()
    }),
  }
}
