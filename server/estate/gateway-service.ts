import { createHash } from 'node:crypto'
import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
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
  estateOf(gatewayId: string): Promise<string | undefined>
}

export const createGatewayService = (deps: GatewayServiceDeps): GatewayService => ({
  create: (by, { estateId, name }) => deps.change(by, async (change) => {
    if ((await unknownEstates(change.tx, [estateId])).length > 0) throw fail('SV_ESTATE_UNKNOWN', { field: 'estateId', estateIds: [estateId] })
    const gatewayId = deps.ids.uuid()
    const claimToken = Buffer.from(deps.random.bytes(CLAIM_TOKEN_BYTES)).toString('base64url')
    const claimTokenHash = createHash('sha256').update(claimToken).digest('hex')
    const claimExpiresAtMs = change.atMs + CLAIM_LIFE_MS
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
  estateOf: async (gatewayId) => (await gateways.find(deps.read, gatewayId))?.estateId,
})
