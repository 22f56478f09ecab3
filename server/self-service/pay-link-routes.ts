import { publicAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { ChannelName } from '../payment/channel/channel-port.js'
import { originOf } from './money-routes.js'
import { LinkOrderParams, LinkParams, LinkedBillAnswer, LinkedPayment, PayAnswer, PayBody } from './money-schemas.js'
import type { OrderWatch } from './order-watch.js'
import type { PayLinkService } from './pay-link-service.js'
import type { PayService } from './pay-service.js'

const tags = ['pay link']
/** A page that waits for its payment asks every two seconds; guessing 128 bits gains nothing by more. */
const limit = { max: 120, timeWindow: 60_000 }
const config = { access: publicAccess, rateLimit: limit }

export interface PayLinkRoutesDeps {
  readonly links: PayLinkService
  readonly pay: PayService
  readonly watch: OrderWatch
  readonly channels: readonly ChannelName[]
  readonly estateNames: (estateIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
}

/** What somebody with a link sees and does: one bill, and paying it. */
export const payLinkRoutes = (deps: PayLinkRoutesDeps): Routes => (app) => {
  const { links, pay, watch, channels, estateNames } = deps

  app.get('/api/pay-links/:token', {
    config, schema: { summary: 'The bill of a link', tags, params: LinkParams, response: { 200: LinkedBillAnswer } },
  }, async (request) => {
    const { estateId, ...bill } = await links.bill(request.params.token)
    return { ...bill, estateName: (await estateNames([estateId])).get(estateId) ?? estateId, channels: [...channels] }
  })

  app.post('/api/pay-links/:token/orders', {
    config, schema: { summary: 'Pay the bill of a link', tags, params: LinkParams, body: PayBody, response: { 200: PayAnswer } },
  }, async (request) => {
    const { token } = request.params
    const { channel, scene, instead = false } = request.body
    const billId = await links.billIdOf(token)
    return pay.place(null, { billId, channel, scene, instead, payerAddress: request.ip, returnUrl: `${originOf(request)}/p/${token}` })
  })

  app.get('/api/pay-links/:token/orders/:outTradeNo', {
    config, schema: { summary: 'Whether an order of the link\'s bill is paid', tags, params: LinkOrderParams, response: { 200: LinkedPayment } },
  }, async (request) => {
    const payment = await links.payment(request.params.token, request.params.outTradeNo)
    if (payment.state === 'pending') watch.lookSoon(payment.outTradeNo)
    return payment
  })
}
