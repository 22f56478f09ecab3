import { type EstateFinder, atEstate, callerOf, estateInBody, estateInParams, estateInQuery, everywhere, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { ReceiptService } from './receipt-service.js'
import * as schemas from './schemas.js'
import type { TransitService } from './transit-service.js'
import type { VoucherService } from './voucher-service.js'

const tags = ['treasury']
const READERS = ['treasury-officer', 'finance-maker', 'finance-checker', 'auditor'] as const

export interface TreasuryRoutesDeps {
  readonly vouchers: VoucherService
  readonly transit: TransitService
  readonly receipts: ReceiptService
}

/** Hand-over to the treasury, claims on it and on the budget, money on its way, electronic receipts. */
export const treasuryRoutes = (deps: TreasuryRoutesDeps): Routes => (app) => {
  voucherRoutes(deps.vouchers)(app)
  reportRoutes(deps)(app)
}

const voucherRoutes = (vouchers: VoucherService): Routes => (app) => {
  const ofVoucher: EstateFinder = async (request) => (await vouchers.find((request.params as { voucherId: string }).voucherId))?.estateId

  app.get('/api/treasury/terms', {
    config: { access: atEstate(estateInQuery, ...READERS) },
    schema: { summary: 'How an estate hands over to the treasury on a day', tags, querystring: schemas.TermsQuery, response: { 200: schemas.TermsAnswer } },
  }, async (request) => ({ terms: await vouchers.terms(request.query.estateId, request.query.date) }))

  app.put('/api/estates/:estateId/treasury-terms/:fromDate', {
    config: { access: atEstate(estateInParams, 'treasury-officer') },
    schema: { summary: 'How an estate hands over from a day on', tags, params: schemas.TermsParams, body: schemas.TermsBody, response: { 200: schemas.Done } },
  }, async (request) => {
    await vouchers.setTerms(callerOf(request).userId, request.params.estateId, request.params.fromDate, request.body)
    return { done: true as const }
  })

  app.get('/api/treasury/due', {
    config: { access: atEstate(estateInQuery, ...READERS) },
    schema: { summary: 'What was collected until a day and is not handed over', tags, querystring: schemas.TermsQuery, response: { 200: schemas.DueAnswer } },
  }, (request) => vouchers.due(request.query.estateId, request.query.date))

  app.get('/api/treasury/vouchers', {
    config: { access: scoped(...READERS) },
    schema: { summary: 'Vouchers, newest first', tags, querystring: schemas.EstateQuery, response: { 200: schemas.VoucherList } },
  }, async (request) => {
    const scope = requestedScope(request, request.query.estateId)
    return { items: await vouchers.list(scope === 'all' ? null : scope) }
  })

  app.post('/api/treasury/vouchers', {
    config: { access: atEstate(estateInBody, 'treasury-officer') },
    schema: { summary: 'Propose a hand-over, or a claim on the treasury or the budget', tags, body: schemas.VoucherBody, response: { 201: schemas.VoucherMade } },
  }, async (request, reply) => reply.code(201).send(await vouchers.propose(callerOf(request).userId, request.body)))

  app.post('/api/treasury/vouchers/:voucherId/decision', {
    config: { access: atEstate(ofVoucher, 'finance-checker') },
    schema: { summary: 'Approve or refuse what somebody else proposed', tags, params: schemas.VoucherParams, body: schemas.VoucherDecision, response: { 200: schemas.Done } },
  }, async (request) => {
    await vouchers.decide(callerOf(request).userId, request.params.voucherId, request.body.decision)
    return { done: true as const }
  })

  app.post('/api/treasury/vouchers/:voucherId/done', {
    config: { access: atEstate(ofVoucher, 'treasury-officer') },
    schema: { summary: 'The bank carried it out', tags, params: schemas.VoucherParams, body: schemas.VoucherProof, response: { 200: schemas.Done } },
  }, async (request) => {
    await vouchers.carryOut(callerOf(request).userId, request.params.voucherId, request.body)
    return { done: true as const }
  })
}

const reportRoutes = ({ transit, receipts }: TreasuryRoutesDeps): Routes => (app) => {
  app.get('/api/treasury/transit', {
    config: { access: scoped(...READERS) },
    schema: { summary: 'Money on its way, by age', tags, querystring: schemas.EstateQuery, response: { 200: schemas.TransitAnswer } },
  }, (request) => {
    const scope = requestedScope(request, request.query.estateId)
    return transit.ageing(scope === 'all' ? null : scope)
  })

  app.get('/api/treasury/receipts', {
    config: { access: scoped('cashier', ...READERS) },
    schema: { summary: 'Electronic receipts, newest first', tags, querystring: schemas.ReceiptQuery, response: { 200: schemas.ReceiptList } },
  }, async (request) => {
    const { estateId, state, billId } = request.query
    const scope = requestedScope(request, estateId)
    return { items: await receipts.list({ estateIds: scope === 'all' ? null : scope, state, billId }) }
  })

  app.get('/api/treasury/receipt-gaps', {
    config: { access: everywhere(...READERS) },
    schema: { summary: 'Receipt numbers that nobody was given, by batch', tags, response: { 200: schemas.GapList } },
  }, async () => ({ batches: await receipts.gaps() }))
}
