import { createHash } from 'node:crypto'
import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { retireSigningKey } from '../sync/log-register.js'
import { unknownEstates } from './estate-register.js'
import * as gateways from './gateway-repository.js'

const CLAIM_TOKEN_BYTES = 32
/** A token that nobody used in a week lies about somewhere. */
const CLAIM_LIFE_MS = 7 * 86_400_000

export interface GatewayServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly ids: IdSource
  readonly random: RandomSource
}

export interface GatewayService {
  /** Registers a gateway of an estate. The token is given out here and never again; the table holds its SHA-256. */
  create(by: string, gateway: { estateId: string; name: string }): Promise<{ gatewayId: string; claimToken: string; claimExpiresAtMs: number }>
  /** Shuts the gateway out at once; a second time does nothing. @throws AppError SV_HTTP_NOT_FOUND */
  revoke(by: string, gatewayId: string): Promise<void>
  /**
   * The gateway comes back on new hardware, from a backup: the old hardware is shut out at once, and who has the token
   * claims the gateway with a key of its own. Its log goes on in a new epoch. @throws AppError SV_HTTP_NOT_FOUND
   */
  replace(by: string, gatewayId: string): Promise<{ gatewayId: string; claimToken: string; claimExpiresAtMs: number }>
  estateOf(gatewayId: string): Promise<string | undefined>
}

/** A token for one gateway; the table gets its SHA-256. */
function newClaim(random: RandomSource, atMs: number) {
  const claimToken = Buffer.from(random.bytes(CLAIM_TOKEN_BYTES)).toString('base64url')
  return { claimToken, claimTokenHash: createHash('sha256').update(claimToken).digest('hex'), claimExpiresAtMs: atMs + CLAIM_LIFE_MS }
}

export const createGatewayService = (deps: GatewayServiceDeps): GatewayService => ({
  create: (by, { estateId, name }) => deps.change(by, async (change) => {
    if ((await unknownEstates(change.tx, [estateId])).length > 0) throw fail('SV_ESTATE_UNKNOWN', { field: 'estateId', estateIds: [estateId] })
    const gatewayId = deps.ids.uuid()
    const { claimToken, claimTokenHash, claimExpiresAtMs } = newClaim(deps.random, change.atMs)
    await gateways.insert(change.tx, { gatewayId, estateId, name, claimTokenHash, claimExpiresAtMs }, change.atMs)
    await change.audit({ action: 'gateway.create', subject: `gateway:${gatewayId}`, estateId, after: { name } })
    return { gatewayId, claimToken, claimExpiresAtMs }
  }),
  revoke: (by, gatewayId) => deps.change(by, async (change) => {
    const gateway = await gateways.find(change.tx, gatewayId)
    if (gateway === null) throw fail('SV_HTTP_NOT_FOUND')
    if (gateway.revoked) return
    await gateways.revoke(change.tx, gatewayId, change.atMs)
    await change.audit({ action: 'gateway.revoke', subject: `gateway:${gatewayId}`, estateId: gateway.estateId })
  }),
  replace: (by, gatewayId) => deps.change(by, async (change) => {
    const gateway = await gateways.find(change.tx, gatewayId)
    if (gateway === null) throw fail('SV_HTTP_NOT_FOUND')
    const { claimToken, ...claim } = newClaim(deps.random, change.atMs)
    if (gateway.signingPublicKey !== null) await retireSigningKey(change.tx, gatewayId, gateway.signingPublicKey, change.atMs)
    await gateways.reopenClaim(change.tx, gatewayId, claim)
    await change.audit({ action: 'gateway.replace', subject: `gateway:${gatewayId}`, estateId: gateway.estateId })
    return { gatewayId, claimToken, claimExpiresAtMs: claim.claimExpiresAtMs }
  }),
  estateOf: async (gatewayId) => (await gateways.find(deps.read, gatewayId))?.estateId,
})
