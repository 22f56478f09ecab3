import type { GatewayStore } from '../store/types.js'

/** The same store; `onAppended` is called after each commit that left the log longer. */
export function observeCommits(store: GatewayStore, onAppended: () => void): GatewayStore {
  return {
    ...store,
    async transact(work) {
      const before = store.head()
      const result = await store.transact(work)
      const after = store.head()
      if (after !== undefined && (after.seq !== before?.seq || after.epoch !== before.epoch)) onAppended()
      return result
    },
  }
}
