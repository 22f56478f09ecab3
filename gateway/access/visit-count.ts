import type { AccessStore, AccessRuntime, AccessTx } from './ports.js'

/** Passages inwards of each visit: taken when it is let in, given back where the door did not open. */
export interface VisitCount {
  load(uses: ReadonlyMap<string, number>): void
  of(visitId: string): number
  /** At once, so that two codes at the same moment are two passages. */
  take(visitId: string): void
  /** Inside the grant's transaction. */
  write(tx: AccessTx, visitId: string): Promise<void>
  /** The grant was not written. */
  undo(visitId: string): void
  /** The grant was written, and the door did not open. */
  giveBack(visitId: string): void
}

export function createVisitCount(deps: { store: AccessStore; runtime: AccessRuntime }): VisitCount {
  const { store, runtime: { log, observer } } = deps
  const passages = new Map<string, number>()
  const add = (visitId: string, change: 1 | -1): void => void passages.set(visitId, Math.max(0, (passages.get(visitId) ?? 0) + change))
  return {
    load(uses) {
      for (const [visitId, count] of uses) passages.set(visitId, count)
    },
    of: (visitId) => passages.get(visitId) ?? 0,
    take: (visitId) => add(visitId, 1),
    write: (tx, visitId) => tx.countVisit(visitId, 1),
    undo: (visitId) => add(visitId, -1),
    giveBack(visitId) {
      add(visitId, -1)
      store.transact((tx) => tx.countVisit(visitId, -1)).catch((error: unknown) => {
        observer.anomaly('store-failed')
        log.error({ err: error, visitId }, 'a passage that was none could not be given back')
      })
    },
  }
}
