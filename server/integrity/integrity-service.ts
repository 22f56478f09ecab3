import { Type, type Static } from 'typebox'
import { Closed, Slug, UuidText } from '#contract/wire-types.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { epochsOfGateways, storedRecords } from '../sync/log-register.js'
import { gatewaysWithin } from './integrity-repository.js'
import { epochView } from './integrity-rules.js'
import { type ChainReport, verifyChain } from './verify-chain.js'

const Range = Closed({ from: Type.Integer(), to: Type.Integer() })
const IntegerOrNull = Type.Union([Type.Integer(), Type.Null()])

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
  /** Reads a whole epoch and recomputes its chain. @throws AppError SV_HTTP_NOT_FOUND */
  verify(gatewayId: string, epoch: number): Promise<ChainReport>
}

export const createIntegrityService = ({ read }: { read: Tx }): IntegrityService => ({
  async list(scope) {
    const gateways = await gatewaysWithin(read, scope)
    const epochs = await epochsOfGateways(read, gateways.map((gateway) => gateway.gatewayId))
    return gateways.map((gateway) => {
      const states = epochs.get(gateway.gatewayId) ?? []
      return { ...gateway, epochs: states.map((state, index) => epochView(state, index === states.length - 1)) }
    })
  },
  async verify(gatewayId, epoch) {
    const state = (await epochsOfGateways(read, [gatewayId])).get(gatewayId)?.find((known) => known.epoch === epoch)
    if (state === undefined) throw fail('SV_HTTP_NOT_FOUND')
    return verifyChain({ gatewayId, epoch, hash: state.startHash }, storedRecords(read, gatewayId, epoch))
  },
})
