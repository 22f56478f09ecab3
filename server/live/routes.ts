import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { Closed, Slug } from '#contract/wire-types.js'
import type { Caller } from '../auth/roles.js'
import { callerOf, requestedScope, scoped } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { SESSION_COOKIE } from '../http/authorize.js'
import type { LiveRoles } from './event-ring.js'
import type { LiveSink } from './live-client.js'
import type { LiveHub } from './live-hub.js'
import type { LivePublisher } from './live-publisher.js'

const Query = Closed({ estateId: Type.Optional(Slug) })
const LAST_EVENT_ID = /^[A-Za-z0-9-]{1,80}$/
/** A browser waits this long before it opens a broken line again. */
const RETRY_MS = 2_000

/** The HTTP answer as a sink: headers now, text as it comes. */
function openSink(reply: FastifyReply): LiveSink {
  const { raw } = reply
  reply.hijack()
  // A write may meet a connection that is just breaking; `close` follows and says so.
  raw.on('error', () => {})
  const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
  raw.writeHead(200, headers as Record<string, string>)
  raw.write(`retry: ${RETRY_MS}\n\n`)
  raw.socket?.setNoDelay(true)
  return {
    write: (text) => raw.write(text),
    onReady: (callback) => void raw.on('drain', callback),
    onClosed: (callback) => void raw.once('close', callback),
    end: () => void raw.end(),
    destroy: () => void raw.destroy(),
  }
}

export interface LiveRouteDeps {
  readonly hub: LiveHub
  readonly publisher: Pick<LivePublisher, 'stop'>
  readonly roles: LiveRoles
  callerOfToken(token: string): Promise<Caller | null>
}

/**
 * Server-sent events: `access`, `gate`, `integrity`, `alarm`, `order`, `device` as their lists have them, a comment every 15 s, and `overflow`
 * before the end where something was left out and the reader must load anew.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const liveRoutes = (deps: LiveRouteDeps): Routes => (app) => {
  const { hub } = deps
  app.addHook('onReady', async () => hub.start())
  app.addHook('preClose', async () => {
    hub.stop()
    await deps.publisher.stop()
  })

  app.get('/api/live', {
    config: { access: scoped(...new Set(Object.values(deps.roles).flat())) },
    schema: { summary: 'Live events (text/event-stream) of one estate, or of all in your scope', tags: ['live'], querystring: Query },
  }, (request, reply) => {
    const { estateId } = request.query
    requestedScope(request, estateId)
    const lastEventId = request.headers['last-event-id']
    const token = request.cookies[SESSION_COOKIE] ?? ''
    hub.connect({
      caller: callerOf(request), estateId, recheck: () => deps.callerOfToken(token),
      lastEventId: typeof lastEventId === 'string' && LAST_EVENT_ID.test(lastEventId) ? lastEventId : undefined,
      open: () => openSink(reply),
    })
  })
}
