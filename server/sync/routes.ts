import { Type } from 'typebox'
import { ClaimRequestV1, ClaimResponseV1, EpochRequestV1, EpochResponseV1, RecordsRequestV1, RecordsResponseV1, RosterResponseV1, SYNC_PATHS } from '#contract/sync-api.js'
import { Closed } from '#contract/wire-types.js'
import { LIMITS } from '#kernel/limits.js'
import { gatewayAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { ClaimService } from './claim-service.js'
import type { EpochService } from './epoch-service.js'
import type { GatewayAuth } from './gateway-auth.js'
import { gatewayOf, knowsGateway } from './gateway-request.js'
import type { IngestService } from './ingest-service.js'
import { ROSTER_PAGE_ITEMS_MIN, type RosterService } from './roster-service.js'

const tags = ['gateway sync']
/** A claim is a token and a key. */
const CLAIM_BYTES_MAX = 4_096
const MINUTE_MS = 60_000
/** Claims of one address in a minute: a token has 256 bits, this only keeps the log quiet. */
const claimLimit = { max: 60, timeWindow: MINUTE_MS }
/** Uploads of one address in a minute, a backlog of 500 records each; several gateways may stand behind one address. */
const uploadLimit = { max: 12_000, timeWindow: MINUTE_MS }

const RosterQuery = Closed({
  cursor: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '`cursor` of the page before; 0 asks for everything' }),
  limit: Type.Optional(Type.Integer({ minimum: ROSTER_PAGE_ITEMS_MIN, maximum: LIMITS.rosterPageItemsMax })),
  contract: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: 'Version of the contract that the gateway understands; 1 without it' })),
})

export interface SyncRouteDeps {
  readonly auth: GatewayAuth
  readonly claims: ClaimService
  readonly epochs: EpochService
  readonly ingest: IngestService
  readonly roster: RosterService
}

/** What gateways ask; a user's session opens none of it. */
export const syncRoutes = (deps: SyncRouteDeps): Routes => (app) => {
  const onRequest = knowsGateway(app, deps.auth)
  const security = [{ gateway: [] }]

  app.post(SYNC_PATHS.claim, {
    config: { access: gatewayAccess, rateLimit: claimLimit },
    bodyLimit: CLAIM_BYTES_MAX,
    schema: { summary: 'Turn a claim token into a credential', tags, body: ClaimRequestV1, response: { 200: ClaimResponseV1 } },
  }, (request) => deps.claims.claim(request.body))

  app.post(SYNC_PATHS.epoch, {
    onRequest, config: { access: gatewayAccess },
    schema: { summary: 'Ask for an epoch to write in', tags, security, body: EpochRequestV1, response: { 200: EpochResponseV1 } },
  }, (request) => deps.epochs.grant(gatewayOf(request), request.body))

  app.post(SYNC_PATHS.records, {
    onRequest, config: { access: gatewayAccess, rateLimit: uploadLimit },
    bodyLimit: LIMITS.syncBodyBytesMax,
    schema: { summary: 'Hand over records of the log', tags, security, body: RecordsRequestV1, response: { 200: RecordsResponseV1 } },
  }, (request) => deps.ingest.ingest(gatewayOf(request), request.body))

  app.get(SYNC_PATHS.roster, {
    onRequest, config: { access: gatewayAccess },
    schema: { summary: 'What changed in the estate since a cursor', tags, security, querystring: RosterQuery, response: { 200: RosterResponseV1 } },
  }, async (request) => {
    const { cursor, limit = LIMITS.rosterPageItemsMax, contract = 1 } = request.query
    return deps.roster.page(gatewayOf(request).estateId, cursor, contract, limit)
  })
}
