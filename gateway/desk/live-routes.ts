import type { FastifyReply } from 'fastify'
import { type DeskRoutes, type OperatorOfToken, SESSION_COOKIE } from './desk-access.js'
import type { LiveHub } from './live-hub.js'
import type { LiveSink } from './live-line.js'

/** A browser waits this long before it opens a broken line again. */
const RETRY_MS = 2_000

/** The HTTP answer as a sink: headers now, text as it comes. */
function openSink(reply: FastifyReply): LiveSink {
  const { raw } = reply
  reply.hijack()
  // A write may meet a connection that is just breaking; `close` follows and says so.
  raw.on('error', () => undefined)
  raw.writeHead(200, { ...reply.getHeaders(), 'content-type': 'text/event-stream; charset=utf-8' } as Record<string, string>)
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

/**
 * Server-sent events: `passage` and `door` as they are committed, `board` where anything on it changed, and `dropped` with
 * a count where a slow page missed some and must load its list anew.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const liveRoutes = (deps: { hub: LiveHub; operatorOfToken: OperatorOfToken }): DeskRoutes => (app) => {
  app.addHook('onReady', async () => deps.hub.start())
  app.addHook('preClose', async () => deps.hub.stop())
  app.get('/api/desk/live', { config: { deskAccess: 'guard' } }, (request, reply) => {
    const token = request.cookies[SESSION_COOKIE] ?? ''
    deps.hub.connect({ open: () => openSink(reply), recheck: async () => (await deps.operatorOfToken(token, false)) !== undefined })
  })
}
