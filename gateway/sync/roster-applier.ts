import type { RosterItem } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { Exclusive } from '#kernel/exclusive.js'
import type { TemplateKeeper } from '../enrol/template-keeper.js'
import type { GatewayStore, RosterSnapshot, StoreTx } from '../store/types.js'
import { type SnapshotMarks, planRosterPage } from './roster-plan-rules.js'

export interface RosterApplier {
  /** Where to ask on: past the last page, also inside a snapshot. */
  cursor(): Promise<number>
  /**
   * Applies one page in one transaction, its cursor with it; persons whose consent it ends leave every worker's
   * gallery before. Inside a snapshot the stored cursor stays where it was until `complete.v1` was applied: a process
   * killed in the middle gets the snapshot anew, and never forgets what it did not see named.
   */
  apply(items: readonly RosterItem[], cursor: number): Promise<void>
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

  const applyPage = async (items: readonly RosterItem[], cursor: number): Promise<void> => {
    const plan = planRosterPage(items, { roster: await read(), held: keeper.held(), wallMs: clock.wallMs() }, snapshot?.marks)
    await keeper.erase(plan.erasures, async (tx) => {
      for (const item of plan.writes) await write(tx, item)
      if (plan.marks === undefined) await tx.setRosterCursor(cursor)
    })
    committed = undefined
    snapshot = plan.marks === undefined ? undefined : { marks: plan.marks, cursor }
    untold ||= plan.writes.length > 0
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
  }
}

async function write(tx: StoreTx, item: RosterItem): Promise<void> {
  switch (item.kind) {
    case 'person.v1': return tx.putPerson(item)
    case 'person-deleted.v1': return tx.deletePerson(item.personRef)
    case 'consent.v1': return tx.putConsent(item)
    case 'consent-deleted.v1': return tx.deleteConsent(item.consentId)
    case 'permit.v1': return tx.putPermit(item)
    case 'permit-deleted.v1': return tx.deletePermit(item.permitId)
    case 'gate.v1': return tx.putGate(item)
    case 'gate-deleted.v1': return tx.deleteGate(item.gateId)
    case 'reset.v1':
    case 'complete.v1':
      throw new RangeError(`${item.kind} writes nothing`)
  }
}
