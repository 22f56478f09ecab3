import type { EpochRequestV1, EpochResponseV1 } from '#contract/sync-api.js'
import type { Change, RunChange } from '../audit/change.js'
import { fail } from '../errors.js'
import { insertEpoch, latestEpoch, saveEpoch } from './epoch-repository.js'
import { grantEpoch, newEpochState } from './epoch-rules.js'
import type { KnownGateway } from './gateway-auth.js'
import { retiredEpoch } from './gateway-repository.js'
import { headIsSigned } from './head-signature.js'

export interface EpochService {
  /**
   * Grants the epoch that a gateway may write in, by the head that it shows.
   * @see grantEpoch
   * @throws AppError SV_SYNC_SIGNATURE
   */
  grant(gateway: KnownGateway, request: EpochRequestV1): Promise<EpochResponseV1>
}

async function grant(change: Change, gateway: KnownGateway, head: EpochRequestV1['head']): Promise<EpochResponseV1> {
  const { tx, atMs } = change
  const { gatewayId, estateId } = gateway
  const latest = await latestEpoch(tx, gatewayId)
  const granted = grantEpoch(latest, head, await retiredEpoch(tx, gatewayId))
  if (granted.kind !== 'new') {
    const { epoch, startHash } = granted.state
    if (granted.state !== latest) await saveEpoch(tx, gatewayId, granted.state)
    return { epoch, continues: granted.kind === 'continue', startHash }
  }
  const { epoch, startHash, forkedAtSeq } = granted
  if (latest !== undefined && forkedAtSeq !== null && latest.brokenAtSeq === null) {
    await saveEpoch(tx, gatewayId, { ...latest, brokenAtSeq: forkedAtSeq })
  }
  await insertEpoch(tx, gatewayId, newEpochState(epoch, startHash), atMs)
  await change.audit({
    action: 'gateway.epoch', subject: `gateway:${gatewayId}`, estateId,
    before: { epoch: latest?.epoch ?? null, headSeq: latest?.headSeq ?? null },
    after: { epoch, startHash, shownEpoch: head?.epoch ?? null, shownSeq: head?.seq ?? null },
  })
  return { epoch, continues: false, startHash }
}

export const createEpochService = (deps: { change: RunChange }): EpochService => ({
  async grant(gateway, { head }) {
    if (head !== null && !headIsSigned(gateway, head)) throw fail('SV_SYNC_SIGNATURE')
    return deps.change(null, (change) => grant(change, gateway, head))
  },
})
