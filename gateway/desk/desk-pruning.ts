import type { RosterItem } from '#contract/sync-roster.js'
import type { Clock } from '#kernel/clock.js'
import type { DeskHold, DeskRoster, DeskStore } from './ports.js'

/** Names go with what they belong to; a consent that is over has erased itself. */
const deletionsOf = ({ kind, itemId }: DeskHold): RosterItem[] => {
  if (kind === 'visit') return [{ kind: 'visit-deleted.v1', visitId: itemId }]
  return kind === 'credential' ? [{ kind: 'credential-deleted.v1', credentialId: itemId }] : []
}

/** Forgets notes and logins that are older than `keepMs`, and visits of the desk that have been over for so long. */
export const createDeskPruning = (deps: { store: DeskStore; roster: Pick<DeskRoster, 'agree'>; clock: Clock; keepMs: number }) => async (): Promise<void> => {
  const beforeMs = Math.max(0, deps.clock.wallMs() - deps.keepMs)
  const over = (await deps.store.deskHolds()).filter(({ untilMs }) => untilMs < beforeMs)
  await deps.roster.agree(over.flatMap(deletionsOf), async (tx) => {
    for (const { kind, itemId } of over) await tx.dropDeskHold(kind, itemId)
    await tx.pruneDesk(beforeMs)
  })
}
