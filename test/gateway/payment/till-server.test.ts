import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock.js'
import { tillServerOf } from '../../../gateway/app-payment.js'
import type { TillServer } from '../../../gateway/payment/ports.js'
import { createServerClient } from '../../../gateway/sync/server-client.js'
import { type Answer, type GatewayApiServer, startGatewayApiServer } from '../../support/gateway-api-server.js'
import { IDENTITY } from '../../support/identity.js'
import { NO, bill } from './till-rig.js'

let server: GatewayApiServer
let tills: TillServer
beforeAll(async () => {
  server = await startGatewayApiServer()
  tills = tillServerOf({ client: createServerClient({ url: server.url, ca: server.caPem, requestTimeoutMs: 5_000, clock: systemClock }), identity: IDENTITY })
})
afterAll(() => server.close())

const asked: Array<readonly [path: string, body: unknown]> = []
const answering = async <T>(answer: Answer, ask: () => Promise<T>): Promise<T> => {
  server.intercept = (path, body) => (asked.push([path, body]), answer)
  try {
    return await ask()
  } finally {
    server.intercept = undefined
  }
}
const QUESTION = { deviceId: 'till-1', householdNo: NO }
const WISH = { ...QUESTION, billId: 'b1', channel: 'wechat' } as const
const ORDER = { outTradeNo: 'RT0123456789', channel: 'wechat', fen: 500, state: 'waiting', codeText: 'weixin://x', remainingMs: 9, paidAtMs: null }
const error = (status: number, code: string): Answer => ({ status, body: { code, message: 'no' } })
const UNAVAILABLE = { ok: false, error: { kind: 'unavailable' } }

describe('the server as tills ask it, over HTTPS', () => {
  it('is asked in the words of the contract', async () => {
    const list = { known: true, bills: [bill('b1', 500)], channels: ['wechat'] }
    expect(await answering({ status: 200, body: list }, () => tills.bills(QUESTION))).toEqual({ ok: true, value: list })
    expect(await answering({ status: 200, body: ORDER }, () => tills.place(WISH))).toEqual({ ok: true, value: ORDER })
    expect(await answering({ status: 200, body: ORDER }, () => tills.order('RT0123456789'))).toEqual({ ok: true, value: ORDER })
    expect(asked.splice(0).map(([path]) => path.split('?')[0])).toEqual(['/api/gateway/v1/till/bills', '/api/gateway/v1/till/orders', '/api/gateway/v1/till/orders/RT0123456789'])
  })

  it.each<[string, Answer]>([
    ['no connection', 'hang-up'], ['a channel that does not answer', error(502, 'SV_PAYMENT_CHANNEL')], ['too many at a time', error(429, 'SV_HTTP_RATE_LIMIT')],
    ['an answer that the contract does not know', { status: 200, body: { ...ORDER, extra: 1 } }],
  ])('%s is no answer: nothing is known', async (_, answer) => {
    expect(await answering(answer, () => tills.place(WISH))).toEqual(UNAVAILABLE)
    expect(await answering(answer, () => tills.order('RT0123456789'))).toEqual(UNAVAILABLE)
  })

  it('a no is handed on by its code', async () => {
    expect(await answering(error(409, 'SV_PAYMENT_OTHER_ORDER'), () => tills.place(WISH))).toEqual({ ok: false, error: { kind: 'refused', code: 'SV_PAYMENT_OTHER_ORDER' } })
  })

  it('one that knows nothing of tills is as good as away', async () => {
    expect(await answering(error(404, 'SV_HTTP_NOT_FOUND'), () => tills.bills(QUESTION))).toEqual(UNAVAILABLE)
  })
})
