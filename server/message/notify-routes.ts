import { Type } from 'typebox'
import { fail } from '../errors.js'
import { channelAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import type { MessageSender } from './message-outbox.js'
import { isFromWechat, newsIn } from './wechat-rules.js'

const BODY_BYTES_MAX = 16_384
const SPAN_S = 300
const Text = Type.String({ minLength: 1, maxLength: 128 })
const signed = { signature: Type.String({ pattern: '^[0-9a-f]{40}$' }), timestamp: Type.String({ pattern: '^[0-9]{1,12}$' }), nonce: Text }
/** Open: in its compatible mode the account adds what belongs to the sealed copy of the letter. */
const Query = Type.Object(signed)
const EchoQuery = Type.Object({ ...signed, echostr: Text })
const tags = ['messages']

/** What the WeChat account tells of messages that it took. Its words are believed by their signature alone; events of other kinds are taken and forgotten. */
export const messageNotifyRoutes = (deps: { token: string | null; told: MessageSender['told']; nowMs(): number }): Routes => (app) => {
  const check = (query: { signature: string; timestamp: string; nonce: string }): void => {
    const isNow = Math.abs(deps.nowMs() / 1_000 - Number(query.timestamp)) <= SPAN_S
    if (deps.token === null || !isNow || !isFromWechat(deps.token, query)) throw fail('SV_AUTH_FORBIDDEN')
  }

  // In a scope of their own: elsewhere XML is no body.
  void app.register(async (scope) => {
    scope.addContentTypeParser(['text/xml', 'application/xml'], { parseAs: 'string', bodyLimit: BODY_BYTES_MAX }, (_request, body, done) => done(null, body))

    scope.get<{ Querystring: { signature: string; timestamp: string; nonce: string; echostr: string } }>('/notify/wechat-messages', {
      config: { access: channelAccess }, schema: { summary: 'The WeChat account asks whether this address knows its token', tags, hide: true, querystring: EchoQuery },
    }, async (request, reply) => {
      check(request.query)
      return reply.type('text/plain').send(request.query.echostr)
    })
    scope.post<{ Querystring: { signature: string; timestamp: string; nonce: string } }>('/notify/wechat-messages', {
      config: { access: channelAccess }, schema: { summary: 'The WeChat account tells what became of a message', tags, hide: true, querystring: Query },
    }, async (request, reply) => {
      check(request.query)
      const news = typeof request.body === 'string' ? newsIn(request.body) : undefined
      // Ahead of our own row of it, or of another program's message: the account tells again, three times in all.
      const isKnown = news === undefined || await deps.told('wechat', news.receipt, news.problem, news.atMs)
      return reply.code(isKnown ? 200 : 503).type('text/plain').send(isKnown ? 'success' : '')
    })
  })
}
