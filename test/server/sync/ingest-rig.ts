import type { RecordsRequestV1, RecordsResponseV1 } from '#contract/sync-api.js'
import { AppError } from '#kernel/app-error.js'
import { silentLogger } from '#kernel/log.js'
import { Registry } from 'prom-client'
import { accessProjector } from '../../../server/access-log/access-projection.js'
import { createRunChange } from '../../../server/audit/change.js'
import type { Database } from '../../../server/db/transaction.js'
import { gateStateProjector } from '../../../server/gate-state/gate-state-projection.js'
import { createEpochService } from '../../../server/sync/epoch-service.js'
import type { KnownGateway } from '../../../server/sync/gateway-auth.js'
import { holdingProjector } from '../../../server/sync/holding-projection.js'
import { createIngestService } from '../../../server/sync/ingest-service.js'
import type { Projector } from '../../../server/sync/projector.js'
import { createSyncMetrics } from '../../../server/sync/sync-metrics.js'
import { createVirtualClock, START_WALL_MS } from '../../support/virtual-clock.js'
import { uuid } from '../../support/factories.js'
import { type GatewayLog, createGatewayLog } from './gateway-log.js'

/** The estate must be there before a gateway of it. */
export async function addEstate(db: Database, id: string): Promise<void> {
  await db.transact((tx) => tx.estate.create({ data: { id, name: `公租房 ${id}`, district: '蓬江区', createdAtMs: BigInt(START_WALL_MS) } }))
}

/** A claimed gateway as the register has it. */
export async function addGateway(db: Database, estateId: string, log: GatewayLog): Promise<KnownGateway> {
  const { gatewayId, publicKeyText: signingPublicKey } = log
  await db.transact((tx) => tx.gateway.create({ data: { gatewayId, estateId, name: `网关 ${gatewayId.slice(-2)}`, signingPublicKey, createdAtMs: BigInt(START_WALL_MS) } }))
  return { gatewayId, estateId, signingPublicKey }
}

/** The services that take a log, on a database, with one gateway whose epoch 1 is granted. */
export async function openIngest(db: Database, change: { number?: number; estateId?: string; projectors?: readonly Projector[] } = {}) {
  const clock = createVirtualClock()
  const estateId = change.estateId ?? 'estate-1'
  if ((await db.read.estate.findUnique({ where: { id: estateId } })) === null) await addEstate(db, estateId)
  const log = createGatewayLog(uuid(change.number ?? 1, 0x9))
  const gateway = await addGateway(db, estateId, log)
  const registry = new Registry()
  const committed: number[] = []
  const ingest = createIngestService({
    db, clock, log: silentLogger, metrics: createSyncMetrics(registry), projectors: change.projectors ?? [accessProjector, gateStateProjector, holdingProjector],
    committed: (_origin, records) => void committed.push(records.length),
  })
  const epochs = createEpochService({ change: createRunChange({ db, clock }) })
  await epochs.grant(gateway, { head: null })
  return {
    clock, log, gateway, ingest, epochs, registry, committed,
    send: (batch: RecordsRequestV1): Promise<RecordsResponseV1> => ingest.ingest(gateway, batch),
    /** Code and details of the refusal. */
    refusal: (batch: RecordsRequestV1): Promise<{ code: string; details: object }> => refusalOf(ingest.ingest(gateway, batch)),
    epochRow: (epoch = 1) => db.read.gatewayEpoch.findUniqueOrThrow({ where: { gatewayId_epoch: { gatewayId: gateway.gatewayId, epoch } } }),
    recordCount: () => db.read.gatewayRecord.count({ where: { gatewayId: gateway.gatewayId } }),
  }
}

export async function refusalOf(promise: Promise<unknown>): Promise<{ code: string; details: object }> {
  try {
    await promise
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, details: error.details }
    throw error
  }
  throw new Error('it was not refused')
}
