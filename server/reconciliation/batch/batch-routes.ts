import type { Readable } from 'node:stream'
import { callerOf, everywhere } from '../../http/access.js'
import type { App, Routes } from '../../http/app-types.js'
import { fail } from '../../errors.js'
import { CLASSES, CLASS_CODES } from '../classes.js'
import { ACTIONS, actionsOf } from '../case/case-actions.js'
import type { MerchantService } from '../merchant/merchant-register.js'
import * as schemas from '../schemas.js'
import type { BatchRows } from './batch-rows.js'
import type { BatchService } from './batch-service.js'
import type { BillFetch } from './bill-fetch.js'

const tags = ['reconciliation']
export const RECON_READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
const BINARY = 'application/octet-stream'
const PAGE_ROWS = 100

export interface BatchRoutesDeps {
  readonly batches: BatchService
  readonly fetch: BillFetch
  readonly rows: BatchRows
  readonly merchants: MerchantService
}

/** The one route that takes a body of another kind than JSON: it is written to disk as it comes. */
const uploadRoute = ({ batches }: BatchRoutesDeps) => async (plain: object): Promise<void> => {
  const app = plain as App
  app.addContentTypeParser(BINARY, (_request, payload, done) => done(null, payload))
  app.post('/api/reconciliation/batches', {
    config: { access: everywhere('finance-maker') },
    schema: { summary: `Upload a channel's bill (${BINARY}); where it is wrong the answer says what and nothing is taken in`, tags, querystring: schemas.UploadQuery,
      response: { 201: schemas.BatchItem } },
  }, async (request, reply) => {
    if (request.body === undefined || request.body === null) throw fail('SV_HTTP_UNSUPPORTED_TYPE', { expected: BINARY })
    const { sha1 = null, ...bill } = request.query
    return reply.code(201).send(await batches.take(callerOf(request).userId, { ...bill, sha1 }, request.body as Readable))
  })
}

/** Bills of the channels are of a merchant as a whole: who works on them does so for all estates. */
export const batchRoutes = (deps: BatchRoutesDeps): Routes => (app) => {
  const { batches, fetch, rows, merchants } = deps
  const readers = { access: everywhere(...RECON_READERS) }
  void app.register(uploadRoute(deps))

  app.get('/api/reconciliation/batches', {
    config: readers, schema: { summary: 'Bills by day, the latest first', tags, querystring: schemas.BatchQuery, response: { 200: schemas.BatchList } },
  }, async (request) => ({ items: await batches.list(request.query) }))

  app.get('/api/reconciliation/batches/:batchNo', {
    config: readers, schema: { summary: 'One bill with its figures', tags, params: schemas.BatchParams, response: { 200: schemas.BatchItem } },
  }, async (request) => (await batches.find(request.params.batchNo)) ?? (() => { throw fail('SV_HTTP_NOT_FOUND') })())

  app.get('/api/reconciliation/batches/:batchNo/rows', {
    config: readers, schema: { summary: 'Lines of a bill, after a line', tags, params: schemas.BatchParams, querystring: schemas.RowQuery, response: { 200: schemas.RowPage } },
  }, (request) => rows.page(request.params.batchNo, { after: 0, limit: PAGE_ROWS, ...request.query }))

  app.post('/api/reconciliation/fetch', {
    config: { access: everywhere('finance-maker') },
    schema: { summary: 'Ask the channels for the bills of a day now', tags, body: schemas.FetchBody, response: { 200: schemas.BatchList } },
  }, async (request) => ({ items: await fetch.fetchDay(callerOf(request).userId, request.body.billDate) }))

  app.post('/api/reconciliation/batches/:batchNo/match', {
    config: { access: everywhere('finance-maker') },
    schema: { summary: 'Match a bill once more, as after a correction', tags, params: schemas.BatchParams, response: { 200: schemas.BatchItem } },
  }, (request) => batches.rematch(callerOf(request).userId, request.params.batchNo))

  app.post('/api/reconciliation/batches/:batchNo/review', {
    config: { access: everywhere('finance-checker') },
    schema: { summary: 'Say that every difference of a bill is explained', tags, params: schemas.BatchParams, response: { 200: schemas.BatchItem } },
  }, (request) => batches.review(callerOf(request).userId, request.params.batchNo))

  app.post('/api/reconciliation/batches/:batchNo/reopen', {
    config: { access: everywhere('finance-checker') },
    schema: { summary: 'Open a reviewed bill again', tags, params: schemas.BatchParams, body: schemas.ReasonBody, response: { 200: schemas.BatchItem } },
  }, (request) => batches.unreview(callerOf(request).userId, request.params.batchNo, request.body.reason))

  app.get('/api/reconciliation/classes', {
    config: readers, schema: { summary: 'Classes of differences: why, and what may be done', tags, response: { 200: schemas.ClassList } },
  }, async () => ({ items: CLASS_CODES.map((code) => ({ code, ...CLASSES[code], actions: actionsOf(code).map((action) => ({ action, ...ACTIONS[action] })) })) }))

  app.get('/api/reconciliation/merchants', {
    config: readers, schema: { summary: 'What merchants agreed on with the channels', tags, response: { 200: schemas.MerchantList } },
  }, async () => ({ items: await merchants.list() }))

  app.put('/api/reconciliation/merchants/:channel/:merchantId', {
    config: { access: everywhere('finance-checker') },
    schema: { summary: 'Set the rate of the charge, the bank account and the days until settlement', tags, params: schemas.MerchantParams, body: schemas.MerchantBody,
      response: { 200: schemas.MerchantList } },
  }, async (request) => {
    await merchants.put(callerOf(request).userId, { ...request.params, ...request.body })
    return { items: await merchants.list() }
  })
}
