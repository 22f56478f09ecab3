import type { FastifyInstance } from 'fastify'
import { type AlipayMethodsDeps, type Content, alipayMethods } from './alipay-methods.js'
import { signedAnswer, verifyRequest } from './alipay-wire.js'
import type { TradeScene } from './trade-store.js'

const refusal = (subCode: string, subMsg: string): string =>
  JSON.stringify({ error_response: { code: '40002', msg: 'Invalid Arguments', sub_code: subCode, sub_msg: subMsg } })
const LIMITED = { code: '40006', msg: 'Too Many Requests', sub_code: 'isv.app-call-limited', sub_msg: '调用次数超限' }

/** The gateway of Alipay's OpenAPI, the methods that a merchant of its own uses. */
export function alipayRoutes(app: FastifyInstance, deps: AlipayMethodsDeps): void {
  const { keys, trades } = deps

  const { open, methods } = alipayMethods(deps)

  app.post('/gateway.do', (request, reply) => {
    const body = (request.body as Buffer | undefined)?.toString('utf8') ?? ''
    const parameters = Object.fromEntries([...new URLSearchParams(request.url.split('?')[1] ?? ''), ...new URLSearchParams(body)])
    const method = parameters['method'] ?? ''
    const run = methods[method]
    void reply.type('text/html;charset=utf-8')
    // A request that it cannot believe is answered without a signature.
    if (run === undefined || parameters['app_id'] !== keys.alipay.appId) return reply.send(refusal('isv.invalid-app-id', '无效的AppID参数'))
    if (!verifyRequest(parameters, keys.alipay.merchantPublicKey)) return reply.send(refusal('isv.invalid-signature', '无效签名'))
    const content = JSON.parse(parameters['biz_content'] ?? '{}') as Content
    const about = content['out_request_no'] ?? content['out_trade_no'] ?? ''
    const moves = method === 'alipay.trade.precreate' || method === 'alipay.trade.refund'
    if (moves && trades.firstTime('busy', about)) return reply.send(signedAnswer(method, LIMITED, keys.alipay.platformKey))
    const value = run(content, { ...parameters, host: `${request.protocol}://${request.host}` })
    if (moves && trades.firstTime('lost-answer', about)) return reply.code(500).send('')
    return reply.send(signedAnswer(method, value, keys.alipay.platformKey))
  })

  /** A page that the payer's browser opens: the order is made there and then. */
  app.get('/gateway.do', (request, reply) => {
    const parameters = Object.fromEntries(new URLSearchParams(request.url.split('?')[1] ?? ''))
    const scene = { 'alipay.trade.wap.pay': 'wap', 'alipay.trade.page.pay': 'page' }[parameters['method'] ?? ''] as TradeScene | undefined
    if (scene === undefined || !verifyRequest(parameters, keys.alipay.merchantPublicKey)) return reply.code(400).type('text/plain; charset=utf-8').send('无效签名')
    const trade = open(scene, JSON.parse(parameters['biz_content'] ?? '{}') as Content, parameters)
    return 'refused' in trade ? reply.code(400).type('text/plain; charset=utf-8').send(trade.refused) : reply.redirect(deps.payPage(trade))
  })

  app.get('/downloadBillFile.resource', (request, reply) => {
    const { bizType, bizDates: date = '' } = request.query as { bizType?: string; bizDates?: string }
    const bill = deps.bill(bizType === 'fnd' ? 'signcustomer' : 'trade', date)
    return bill === undefined ? reply.code(404).send('') : reply.type('application/octet-stream').send(bill)
  })
}
