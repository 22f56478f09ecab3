import { Registry } from 'prom-client'
import type { EpochRequestV1, RecordsRequestV1 } from '#contract/sync-api.js'
import type { Clock } from '#kernel/clock.js'
import { createIdSource } from '#kernel/ids.js'
import { silentLogger } from '#kernel/log.js'
import type { RandomSource } from '#kernel/random.js'
import { accessProjector } from '../../../server/access-log/access-projection.js'
import { alarmProjector } from '../../../server/alarm/alarm-projection.js'
import { createRunChange } from '../../../server/audit/change.js'
import { createDeskConsentProjector } from '../../../server/consent/desk-consent-projection.js'
import { createConsentService } from '../../../server/consent/consent-service.js'
import { createCredentialProjector } from '../../../server/credential/credential-projection.js'
import { createCredentialService } from '../../../server/credential/credential-service.js'
import type { Database } from '../../../server/db/transaction.js'
import { deviceProjector } from '../../../server/device/device-projection.js'
import { gateStateProjector } from '../../../server/gate-state/gate-state-projection.js'
import { createProofService } from '../../../server/integrity/proof-service.js'
import { createOrderFeed } from '../../../server/order/order-feed.js'
import { createOrderLine } from '../../../server/order/order-line.js'
import { orderProjector } from '../../../server/order/order-projection.js'
import { createOrderService } from '../../../server/order/order-service.js'
import { createPermitService } from '../../../server/permit/permit-service.js'
import { createPersonService } from '../../../server/resident/person-service.js'
import { createEpochService } from '../../../server/sync/epoch-service.js'
import { type KnownGateway, createGatewayAuth } from '../../../server/sync/gateway-auth.js'
import { holdingProjector } from '../../../server/sync/holding-projection.js'
import { createIngestService } from '../../../server/sync/ingest-service.js'
import { createRosterService } from '../../../server/sync/roster-service.js'
import { createSyncMetrics } from '../../../server/sync/sync-metrics.js'
import { createVisitProjector } from '../../../server/visitor/visit-projection.js'
import type { Life } from '../engine/life.js'

/** What a gateway asks, with the header that it shows. */
export interface GatewayApi {
  epoch(authorization: string, body: EpochRequestV1): Promise<unknown>
  records(authorization: string, body: RecordsRequestV1): Promise<unknown>
  roster(authorization: string, cursor: number, contract: number): Promise<unknown>
  orders(authorization: string, question: { waitMs: number; life: string }, left: AbortSignal): Promise<unknown>
}

export interface ServerLifeDeps {
  /** Gated: it ends with the life. */
  readonly db: Database
  readonly life: Life
  readonly clock: Clock
  readonly random: RandomSource
  readonly note: (line: string) => void
  /** False: no tables are filled that no invariant looks at, which takes most of the time of an upload. */
  readonly showsAll: boolean
  /** Items in one page of the roster; a gateway asks for as many as it may. */
  readonly rosterPageItems: number
}

/** One life of the server's process: its own services on its own database, without the listeners in front of them. */
export function createServerLife({ db, life, clock, random, note, showsAll, rosterPageItems }: ServerLifeDeps) {
  const { read } = db
  const log = silentLogger
  const ids = createIdSource({ clock, random })
  const change = createRunChange({ db, clock })
  const line = createOrderLine({ clock })
  const name = ids.uuid()
  const orders = createOrderService({ read, change, ids, clock, log, options: { life: name, changed: ({ gatewayId }) => line.wake(gatewayId) } })
  const feed = createOrderFeed({ db, clock, line, life: name, given: () => undefined })
  const auth = createGatewayAuth({ db, clock, contacted: () => undefined })
  const epochs = createEpochService({ change })
  const roster = createRosterService({ read })
  const ingest = createIngestService({
    db, clock, log, metrics: createSyncMetrics(new Registry()), committed: () => undefined,
    projectors: [
      accessProjector, holdingProjector, orderProjector,
      ...(showsAll ? [
        gateStateProjector, alarmProjector, deviceProjector, createCredentialProjector({ clock }), createVisitProjector({ clock }), createDeskConsentProjector({ clock }),
      ] : []),
    ],
  })
  const known = new Map<string, Promise<KnownGateway>>()
  /** Who only looks for news shows a header that this life has seen: a world polls by the second, and its header never changes. */
  const knownOrAsked = (authorization: string): Promise<KnownGateway> => {
    const asked = known.get(authorization) ?? auth.authenticate(authorization)
    known.set(authorization, asked)
    return asked
  }
  const api: GatewayApi = {
    epoch: async (authorization, body) => epochs.grant(await auth.authenticate(authorization), body),
    records: async (authorization, body) => ingest.ingest(await auth.authenticate(authorization), body),
    roster: async (authorization, cursor, contract) =>
      roster.page((await knownOrAsked(authorization)).estateId, cursor, contract, rosterPageItems),
    orders: async (authorization, { waitMs, life: asking }, left) => ({ orders: await feed.take({ ...await knownOrAsked(authorization), life: asking }, waitMs, left) }),
  }
  return {
    life, clock, api, orders, change, note,
    proofs: createProofService({ read, clock }),
    persons: createPersonService({ read, change, ids }),
    permits: createPermitService({ read, change, ids }),
    consents: createConsentService({ read, change, ids }),
    credentials: createCredentialService({ read, change, ids, random }),
  }
}

export type ServerLife = ReturnType<typeof createServerLife>
