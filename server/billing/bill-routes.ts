import { type EstateFinder, atEstate, callerOf, estateInBody, estateInQuery, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { AdjustmentService } from './adjustment-service.js'
import type { BillService } from './bill-service.js'
import type { RunService } from './run-service.js'
import * as schemas from './schemas.js'

/** Who sees bills: everyone who handles their money, and the manager of the estate. */
export const BILLING_READERS = ['finance-maker', 'finance-checker', 'cashier', 'auditor', 'estate-manager'] as const
const tags = ['billing']
const PAGE_ITEMS = 50

export const billRoutes = (deps: { bills: BillService; runs: RunService; adjustments: AdjustmentService }): Routes => (app) => {
  const { bills, runs, adjustments } = deps
  const ofBill: EstateFinder = (request) => bills.estateOf((request.params as { billId: string }).billId)
  const ofRun: EstateFinder = (request) => runs.estateOf((request.params as { runId: string }).runId)
  const ofAdjustment: EstateFinder = (request) => adjustments.estateOf((request.params as { adjustmentId: string }).adjustmentId)

  app.get('/api/bills', {
    config: { access: scoped(...BILLING_READERS) },
    schema: { summary: 'Bills with what is open of them, the latest issued first', tags, querystring: schemas.BillQuery, response: { 200: schemas.BillList } },
  }, async (request) => {
    const { estateId, limit = PAGE_ITEMS, ...query } = request.query
    return bills.list(requestedScope(request, estateId), { ...query, limit })
  })

  app.get('/api/bills/:billId', {
    config: { access: atEstate(ofBill, ...BILLING_READERS) },
    schema: { summary: 'A bill line by line, each with what it was computed from', tags, params: schemas.BillParams, response: { 200: schemas.BillCardAnswer } },
  }, (request) => bills.card(request.params.billId))

  app.post('/api/bills/:billId/adjustments', {
    config: { access: atEstate(ofBill, 'finance-maker') },
    schema: { summary: 'Ask for a correction of an issued bill', tags, params: schemas.BillParams, body: schemas.AdjustmentBody, response: { 201: schemas.AdjustmentMade } },
  }, async (request, reply) => reply.code(201).send(await adjustments.propose(callerOf(request).userId, request.params.billId, request.body)))

  app.get('/api/bill-adjustments', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'Corrections of bills, newest first', tags, querystring: schemas.AdjustmentQuery, response: { 200: schemas.AdjustmentList } },
  }, async (request) => ({ adjustments: await adjustments.list(request.query.estateId, request.query.state) }))

  app.post('/api/bill-adjustments/:adjustmentId/decision', {
    config: { access: atEstate(ofAdjustment, 'finance-checker') },
    schema: {
      summary: 'Approve a correction, which then becomes a bill, or refuse it', tags, params: schemas.AdjustmentParams, body: schemas.Decision,
      response: { 200: schemas.AdjustmentDecided },
    },
  }, (request) => adjustments.decide(callerOf(request).userId, request.params.adjustmentId, request.body.approvalNo))

  app.get('/api/billing-runs', {
    config: { access: atEstate(estateInQuery, ...BILLING_READERS) },
    schema: { summary: 'Billing runs of an estate, newest first', tags, querystring: schemas.EstateQuery, response: { 200: schemas.RunList } },
  }, async (request) => ({ runs: await runs.list(request.query.estateId) }))

  app.post('/api/billing-runs', {
    config: { access: atEstate(estateInBody, 'finance-maker') },
    schema: { summary: 'Preview the bills of a period; nothing is issued', tags, body: schemas.RunBody, response: { 201: schemas.RunItem } },
  }, async (request, reply) => reply.code(201).send(await runs.preview(callerOf(request).userId, request.body.estateId, request.body.period, request.body.kind)))

  app.post('/api/billing-runs/:runId/issue', {
    config: { access: atEstate(ofRun, 'finance-checker') },
    schema: { summary: 'Issue and post what was previewed, or go on where that was cut off', tags, params: schemas.RunParams, response: { 200: schemas.IssuedRun } },
  }, (request) => runs.issue(callerOf(request).userId, request.params.runId))
}
