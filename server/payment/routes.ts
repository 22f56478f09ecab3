import { type EstateFinder, atEstate, callerOf, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { decodeCursor, pageOf } from '../db/page.js'
import { fail } from '../errors.js'
import * as schemas from './schemas.js'
import type { OrderService } from './order-service.js'
import type { PaymentViews } from './payment-views.js'
import type { RefundPayoutService } from './refund-payout-service.js'
import type { RefundService } from './refund-service.js'

const tags = ['payment']
export const READERS = ['cashier', 'finance-maker', 'finance-checker', 'treasury-officer', 'auditor'] as const
const PAGE_ITEMS = 50

export interface PaymentRoutesDeps {
  readonly orders: OrderService
  readonly refunds: RefundService
  readonly payouts: RefundPayoutService
  readonly views: PaymentViews
  readonly estateOfBill: (billId: string) => Promise<string | undefined>
}

export const paymentRoutes = (deps: PaymentRoutesDeps): Routes => (app) => {
  const { orders, refunds, payouts, views } = deps
  const ofBill: EstateFinder = (request) => deps.estateOfBill((request.body as { billId: string }).billId)
  const ofOrder: EstateFinder = async (request) => (await orders.find((request.params as { outTradeNo: string }).outTradeNo))?.estateId
  const ofOrderInBody: EstateFinder = async (request) => (await orders.find((request.body as { outTradeNo: string }).outTradeNo))?.estateId
  const ofRefund: EstateFinder = async (request) => (await refunds.find((request.params as { outRefundNo: string }).outRefundNo))?.estateId

  app.post('/api/payments/orders', {
    config: { access: atEstate(ofBill, 'cashier') },
    schema: { summary: 'Make an order for what is owed on a bill', tags, body: schemas.OrderBody, response: { 200: schemas.PlacedOrderSchema } },
  }, (request) => orders.place(callerOf(request).userId, { ...request.body, payerId: null, payerAddress: request.ip, returnUrl: null }))

  app.get('/api/payments/orders', {
    config: { access: scoped(...READERS) },
    schema: { summary: 'Orders, newest first', tags, querystring: schemas.OrderQuery, response: { 200: schemas.OrderPage } },
  }, async (request) => {
    const { estateId, state, channel, before, limit = PAGE_ITEMS } = request.query
    const scope = requestedScope(request, estateId)
    const place = before === undefined ? null : decodeCursor(schemas.OrderPlace, before, 'before')
    const rows = await views.orders({ estateIds: scope === 'all' ? null : scope, state, channel }, place, limit + 1)
    const { rows: items, next } = pageOf(rows, limit, ({ createdAtMs, outTradeNo }) => ({ createdAtMs, outTradeNo }))
    return { items, older: next }
  })

  app.get('/api/payments/orders/:outTradeNo', {
    config: { access: atEstate(ofOrder, ...READERS) },
    schema: { summary: 'One order as it stands', tags, params: schemas.OrderParams, response: { 200: schemas.OrderItem } },
  }, async (request) => (await views.order(request.params.outTradeNo)) ?? (() => { throw fail('SV_HTTP_NOT_FOUND') })())

  app.post('/api/payments/refunds', {
    config: { access: atEstate(ofOrderInBody, 'cashier', 'finance-maker') },
    schema: { summary: 'Propose to give back a payment or a part of it', tags, body: schemas.RefundBody, response: { 201: schemas.RefundParams } },
  }, async (request, reply) => reply.code(201).send(await refunds.propose(callerOf(request).userId, request.body)))

  app.post('/api/payments/refunds/:outRefundNo/decision', {
    config: { access: atEstate(ofRefund, 'finance-checker') },
    schema: { summary: 'Approve or reject a refund that somebody else proposed', tags, params: schemas.RefundParams, body: schemas.DecisionBody,
      response: { 200: schemas.RefundItem } },
  }, async (request) => views.refundOf(await refunds.decide(callerOf(request).userId, request.params.outRefundNo, request.body.decision)))

  app.post('/api/payments/refunds/:outRefundNo/again', {
    config: { access: atEstate(ofRefund, 'finance-checker') },
    schema: { summary: 'Send a refund once more that the channel never took, with the same number', tags, params: schemas.RefundParams,
      response: { 200: schemas.RefundItem } },
  }, async (request) => views.refundOf(await refunds.again(callerOf(request).userId, request.params.outRefundNo)))

  app.post('/api/payments/refunds/:outRefundNo/payout', {
    config: { access: atEstate(ofRefund, 'finance-maker') },
    schema: { summary: 'Propose that a refund which the channel could not bring to the payer is paid out by transfer or over the desk', tags,
      params: schemas.RefundParams, body: schemas.RefundPayoutBody, response: { 200: schemas.RefundItem } },
  }, async (request) => views.refundOf(await payouts.propose(callerOf(request).userId, request.params.outRefundNo, request.body), callerOf(request).userId))

  app.post('/api/payments/refunds/:outRefundNo/payout/decision', {
    config: { access: atEstate(ofRefund, 'finance-checker') },
    schema: { summary: 'Agree to or refuse what somebody else proposed to pay out; its bill and prepayment follow', tags,
      params: schemas.RefundParams, body: schemas.DecisionBody, response: { 200: schemas.RefundItem } },
  }, async (request) => views.refundOf(await payouts.decide(callerOf(request).userId, request.params.outRefundNo, request.body.decision)))

  app.get('/api/payments/refunds', {
    config: { access: scoped(...READERS) },
    schema: { summary: 'Refunds, newest first', tags, querystring: schemas.RefundQuery, response: { 200: schemas.RefundList } },
  }, async (request) => {
    const scope = requestedScope(request, request.query.estateId)
    return { items: await views.refunds(scope === 'all' ? null : scope, request.query.state) }
  })
}
