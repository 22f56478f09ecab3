import type { IdSource } from '#kernel/ids.js'
import type { Change } from '../audit/change.js'
import { alignPasses } from './pass-alignment.js'
import { setGateBuildings } from './unit-repository.js'

/** What the estate's gates call in their own change, so that residents' permits follow. */
export interface ResidentPasses {
  gateAdded(change: Change, estateId: string, gateId: string): Promise<void>
  /** Before the gate goes. */
  gateLeaves(change: Change, estateId: string, gateId: string): Promise<void>
}

export function createResidentPasses(deps: { ids: IdSource }): ResidentPasses {
  async function follow(change: Change, estateId: string, gateId: string, leaving?: string): Promise<void> {
    const changes = await alignPasses(deps.ids, change, estateId, 'all', leaving)
    if (changes.length === 0) return
    await change.audit({ action: 'gate.passes', subject: `gate:${estateId}/${gateId}`, estateId, after: { permits: changes.length } })
  }
  return {
    gateAdded: (change, estateId, gateId) => follow(change, estateId, gateId),
    async gateLeaves(change, estateId, gateId) {
      await setGateBuildings(change.tx, estateId, gateId, [])
      await follow(change, estateId, gateId, gateId)
    },
  }
}
