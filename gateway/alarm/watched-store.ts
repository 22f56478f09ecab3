import type { GatewayStore } from '../store/types.js'
import type { RecordWatch } from './record-watch.js'

/** The same store; every record that goes into the log may become an alarm in the same transaction. */
export function watchRecords(store: GatewayStore, watch: RecordWatch): GatewayStore {
  return {
    ...store,
    async transact(work) {
      let changed = false
      try {
        const result = await store.transact((tx) => work({
          ...tx,
          async append(body) {
            const place = await tx.append(body)
            changed = (await watch.onRecord(tx, body)) || changed
            return place
          },
        }))
        watch.onCommit(changed)
        return result
      } catch (error) {
        watch.onFailure(error)
        throw error
      }
    },
  }
}
