import { Type, type Static } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { epochsOfGateways } from '../sync/log-register.js'
import { gatewaysWithin } from './integrity-repository.js'
import { epochView } from './integrity-rules.js'
import { IntegerOrNull, Range } from './proof-schemas.js'

/** What is proved about the log of one gateway. */
export const GatewayIntegrity = Closed({
  gatewayId: UuidText, estateId: Slug, name: Type.String(), lastContactAtMs: IntegerOrNull,
  epochs: Type.Array(Closed({
    epoch: Type.Integer(),
    contiguousSeq: Type.Integer({ description: 'All of 1…contiguousSeq are stored and their chain is verified' }),
    headSeq: Type.Integer({ description: 'Highest record that the gateway signed for' }),
    missing: Type.Array(Range), duplicates: Type.Integer(),
    chain: Type.Unsafe<'verified' | 'broken'>(Type.Union([Type.Literal('verified'), Type.Literal('broken')])), brokenAtSeq: IntegerOrNull,
  })),
})
export type GatewayIntegrity = Static<typeof GatewayIntegrity>

export interface IntegrityService {
  /** Gateways in scope by estate and id, their epochs ascending. */
  list(scope: EstateScope): Promise<GatewayIntegrity[]>
}

export const createIntegrityService = ({ read }: { read: Tx }): IntegrityService => ({
  async list(scope) {
    const gateways = await gatewaysWithin(read, scope)
    const epochs = await epochsOfGateways(read, gateways.map((gateway) => gateway.gatewayId))
    return gateways.map(({ gatewayId, estateId, name, lastContactAtMs }) => {
      const states = epochs.get(gatewayId) ?? []
      return { gatewayId, estateId, name, lastContactAtMs, epochs: states.map((state, index) => epochView(state, index === states.length - 1)) }
    })
  },
})
