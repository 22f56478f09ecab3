import { type EstateFinder, atEstate, callerOf, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { PaymentViews } from './payment-views.js'
import type { PayoutService } from './payout-service.js'
import { READERS } from './routes.js'
import * as schemas from './schemas.js'
import type { SuspenseService } from './suspense-service.js'

const tags = ['payment']

export const suspenseRoutes = ({ suspense, payouts, views }: { suspense: SuspenseService; payouts: PayoutService; views: PaymentViews }): Routes => (app) => {
  const ofSuspense: EstateFinder = async (request) => (await suspense.find((request.params as { suspenseId: string }).suspenseId))?.estateId
  const path = '/api/payments/suspense/:suspenseId'

  app.get('/api/payments/suspense', {
    config: { access: scoped(...READERS) },
    schema: { summary: 'Money without a place, oldest first', tags, response: { 200: schemas.SuspenseList } },
  }, async (request) => {
    const scope = requestedScope(request, undefined)
    return { items: await views.suspense(scope === 'all' ? null : scope) }
  })

  app.post(`${path}/proposal`, {
    config: { access: atEstate(ofSuspense, 'finance-maker') },
    schema: {
      summary: 'Propose what becomes of money without a place', tags, params: schemas.SuspenseParams, body: schemas.ResolutionBody, response: { 200: schemas.SuspenseDecided },
    },
  }, async (request) => {
    await suspense.propose(callerOf(request).userId, request.params.suspenseId, request.body)
    return { outRefundNo: null }
  })

  app.post(`${path}/decision`, {
    config: { access: atEstate(ofSuspense, 'finance-checker') },
    schema: {
      summary: 'Approve or reject what somebody else proposed', tags, params: schemas.SuspenseParams, body: schemas.DecisionBody, response: { 200: schemas.SuspenseDecided },
    },
  }, (request) => suspense.decide(callerOf(request).userId, request.params.suspenseId, request.body.decision))

  app.post(`${path}/payout`, {
    config: { access: atEstate(ofSuspense, 'cashier') },
    schema: {
      summary: 'Money without a place was handed back over the desk against a signed slip', tags, params: schemas.SuspenseParams, body: schemas.PayoutBody,
      response: { 200: schemas.PayoutDone },
    },
  }, (request) => payouts.pay(callerOf(request).userId, request.params.suspenseId, request.body))
}
