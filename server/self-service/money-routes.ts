import type { FastifyRequest } from 'fastify'
import { scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import * as schemas from './money-schemas.js'
import type { MyBillService } from './my-bill-service.js'
import type { OrderWatch } from './order-watch.js'
import type { PayLinkService } from './pay-link-service.js'
import type { PayService } from './pay-service.js'
import type { FindResident } from './resident-finder.js'

const tags = ['resident']
const own = { access: scoped('resident') }

export interface MoneyRoutesDeps {
  readonly findResident: FindResident
  readonly bills: MyBillService
  readonly pay: PayService
  readonly links: PayLinkService
  readonly watch: OrderWatch
}

/** The address by which the payer's browser reached us: where it comes back to. What it says there proves nothing. */
export const originOf = (request: FastifyRequest): string => `${request.protocol}://${request.host}`

/** A resident's bills and payments. Every route is about the caller's own household; another's reads as if it did not exist. */
export const moneyRoutes = (deps: MoneyRoutesDeps): Routes => (app) => {
  const { findResident, bills, pay, links, watch } = deps

  app.get('/api/my/bills', {
    config: own, schema: { summary: 'Bills of the own household, latest first', tags, response: { 200: schemas.MyBillList } },
  }, async (request) => ({ bills: await bills.list(await findResident(request)) }))

  app.get('/api/my/bills/:billId', {
    config: own, schema: { summary: 'A bill line by line, with its payments', tags, params: schemas.BillParams, response: { 200: schemas.MyBillAnswer } },
  }, async (request) => {
    const bill = await bills.card(await findResident(request), request.params.billId)
    for (const payment of bill.payments) if (payment.state === 'pending') watch.lookSoon(payment.outTradeNo)
    return { ...bill, payments: [...bill.payments], channels: [...bill.channels] }
  })

  app.post('/api/my/bills/:billId/orders', {
    config: own, schema: { summary: 'Pay all that is open of a bill', tags, params: schemas.BillParams, body: schemas.PayBody, response: { 200: schemas.PayAnswer } },
  }, async (request) => {
    const me = await findResident(request)
    const { billId } = await bills.card(me, request.params.billId)
    const { channel, scene, instead = false } = request.body
    return pay.place(me.userId, { billId, channel, scene, instead, payerAddress: request.ip, returnUrl: `${originOf(request)}/bills/${billId}/result` })
  })

  app.post('/api/my/bills/:billId/pay-links', {
    config: own, schema: { summary: 'Make a link by which somebody else can pay this bill', tags, params: schemas.BillParams, response: { 201: schemas.NewPayLink } },
  }, async (request, reply) => {
    const me = await findResident(request)
    const { billId } = await bills.card(me, request.params.billId)
    return reply.code(201).send(await links.create(me.userId, { billId, estateId: me.estateId }))
  })

  app.get('/api/my/payments', {
    config: own, schema: { summary: 'Payments of the own household, newest first', tags, response: { 200: schemas.MyPaymentList } },
  }, async (request) => ({ payments: await bills.payments(await findResident(request)) }))

  app.get('/api/my/payments/:outTradeNo', {
    config: own, schema: { summary: 'One payment as it stands', tags, params: schemas.PaymentParams, response: { 200: schemas.MyPaymentAnswer } },
  }, async (request) => {
    const payment = await bills.payment(await findResident(request), request.params.outTradeNo)
    if (payment.state === 'pending') watch.lookSoon(payment.outTradeNo)
    return payment
  })
}
