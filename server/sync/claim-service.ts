import { createHash } from 'node:crypto'
import type { ClaimRequestV1, ClaimResponseV1 } from '#contract/sync-api.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import { fail } from '../errors.js'
import { credentialHashOf } from './gateway-auth.js'
import { type GatewayRecord, findByClaimToken, saveClaim } from './gateway-repository.js'
import { signingKeyOf } from './head-signature.js'

export interface ClaimService {
  /**
   * Turns a claim token into a gateway's credential, once.
   *
   * The token binds to the first key that comes with it. With that key it may be used again until the credential it
   * brought was used for the first time, or the token's time is over: a gateway that lost power before it saved the
   * credential asks again and gets a new one, which takes the old one's place. From the first request with the
   * credential on the token opens nothing. Who stole the token too late gets nothing; who used it first with another key
   * has locked the real gateway out, which is seen at once, and an administrator revokes and registers anew.
   * @throws AppError SV_GATEWAY_KEY, SV_GATEWAY_CLAIM: the same for an unknown, spent, late and revoked one
   */
  claim(request: ClaimRequestV1): Promise<ClaimResponseV1>
}

const CREDENTIAL_BYTES = 32

/** True where the token may bring a credential to the holder of `key` now. */
function mayClaim(gateway: GatewayRecord | undefined, key: string, nowMs: number): gateway is GatewayRecord {
  if (gateway === undefined || gateway.revoked || !gateway.claimOpen) return false
  if (gateway.claimExpiresAtMs === null || gateway.claimExpiresAtMs <= nowMs) return false
  return gateway.signingPublicKey === null || gateway.signingPublicKey === key
}

export const createClaimService = (deps: { change: RunChange; random: RandomSource }): ClaimService => ({
  async claim({ claimToken, signingPublicKey: text }) {
    const key = signingKeyOf(text)
    if (key === undefined) throw fail('SV_GATEWAY_KEY', { field: 'signingPublicKey' })
    // One way of writing a key, so that the same key is the same text.
    const signingPublicKey = key.export({ type: 'spki', format: 'der' }).toString('base64')
    const tokenHash = createHash('sha256').update(claimToken).digest('hex')
    return deps.change(null, async ({ tx, atMs, audit }) => {
      const gateway = await findByClaimToken(tx, tokenHash)
      if (!mayClaim(gateway, signingPublicKey, atMs)) throw fail('SV_GATEWAY_CLAIM')
      const { gatewayId, estateId } = gateway
      const credential = Buffer.from(deps.random.bytes(CREDENTIAL_BYTES)).toString('base64url')
      await saveClaim(tx, gatewayId, { credentialHash: credentialHashOf(credential), signingPublicKey }, atMs)
      const again = gateway.signingPublicKey !== null
      await audit({ action: again ? 'gateway.claim-again' : 'gateway.claim', subject: `gateway:${gatewayId}`, estateId, after: { signingPublicKey } })
      return { gatewayId, estateId, credential }
    })
  },
})
