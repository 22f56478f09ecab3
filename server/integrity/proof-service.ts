import type { KeyObject } from 'node:crypto'
import type { Clock } from '#kernel/clock.js'
import { createExclusive } from '#kernel/exclusive.js'
import { GENESIS_HASH } from '#kernel/hash-chain.js'
import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { EpochState } from '../sync/ingest-rules.js'
import { epochsOfGateways, keysOfGateway, storedRecords } from '../sync/log-register.js'
import { createClockWatch } from './clock-watch.js'
import { type EpochProof, type ProofVerdict, proveEpoch, verdictOfEpoch } from './epoch-proof.js'
import { type GatewayRow, findGateway, gatewaysWithin } from './integrity-repository.js'
import type { GatewayProof } from './proof-schemas.js'

export interface ProofService {
  /**
   * Reads the whole log of a gateway and recomputes it. One log at a time, whoever asks: it keeps a core busy. Who asks for
   * a log that is being read gets that answer.
   * @throws AppError SV_HTTP_NOT_FOUND
   */
  prove(gatewayId: string): Promise<GatewayProof>
  /** All gateways in scope, one after the other. */
  proveAll(scope: EstateScope): AsyncGenerator<GatewayProof>
  estateOf(gatewayId: string): Promise<string | undefined>
}

const WORST: readonly ProofVerdict[] = ['tampered', 'incomplete', 'whole']
const worstOf = (verdicts: readonly ProofVerdict[]): ProofVerdict => WORST.find((verdict) => verdicts.includes(verdict)) ?? 'whole'

export function createProofService(deps: { read: Tx; clock: Clock }): ProofService {
  const { read, clock } = deps
  const oneAtATime = createExclusive()
  const underWay = new Map<string, Promise<GatewayProof>>()

  const stateOf = async (gatewayId: string, before: EpochState): Promise<EpochState> =>
    (await epochsOfGateways(read, [gatewayId])).get(gatewayId)?.find(({ epoch }) => epoch === before.epoch) ?? before

  const readLog = async (gateway: GatewayRow): Promise<GatewayProof> => {
    const { gatewayId, estateId, name } = gateway
    const sinceMs = clock.monoMs()
    const keys: readonly KeyObject[] = await keysOfGateway(read, gatewayId)
    const states = (await epochsOfGateways(read, [gatewayId])).get(gatewayId) ?? []
    const watch = createClockWatch(gateway.createdAtMs)
    const proofs: EpochProof[] = []
    let startFollows = states[0] === undefined || states[0].startHash === GENESIS_HASH
    for (const [index, state] of states.entries()) {
      const question = { gatewayId, isLatest: index === states.length - 1, startFollows, nextStart: states[index + 1]?.startHash ?? null, keys }
      const proof: EpochProof = await proveEpoch(question, state, storedRecords(read, gatewayId, state.epoch), { clock: watch, stateAfter: () => stateOf(gatewayId, state) })
      proofs.push(proof)
      startFollows = proof.nextFollows
    }
    const epochs = proofs.map(({ nextFollows: _next, ...proof }) => ({ ...proof, verdict: verdictOfEpoch(proof) })) as GatewayProof['epochs']
    const { stretches, count } = watch.report()
    return {
      gatewayId, estateId, name, verdict: worstOf(epochs.map(({ verdict }) => verdict)), epochs,
      clock: [...stretches], clockCount: count, tookMs: Math.round(clock.monoMs() - sinceMs),
    }
  }

  const prove = async (gateway: GatewayRow): Promise<GatewayProof> => {
    const { gatewayId } = gateway
    const running = underWay.get(gatewayId)
    if (running !== undefined) return running
    const proof = oneAtATime(() => readLog(gateway)).finally(() => underWay.delete(gatewayId))
    underWay.set(gatewayId, proof)
    return proof
  }

  return {
    async prove(gatewayId) {
      const gateway = await findGateway(read, gatewayId)
      if (gateway === undefined) throw fail('SV_HTTP_NOT_FOUND')
      return prove(gateway)
    },
    async* proveAll(scope) {
      for (const gateway of await gatewaysWithin(read, scope)) yield await prove(gateway)
    },
    estateOf: async (gatewayId) => (await findGateway(read, gatewayId))?.estateId,
  }
}
