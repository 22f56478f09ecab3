import { channelAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { CHANNELS } from './channel/channel-port.js'
import type { NotifyService } from './notify-service.js'

/** Larger than any notify by ten times. */
const NOTIFY_BYTES_MAX = 65_536

/**
 * Where channels tell of payments. Signatures are over the bytes that came, so nothing is parsed before them; no login, no cookie:
 * the signature is all that counts.
 */
export const notifyRoutes = (deps: { notifies: NotifyService }): Routes => (app) => {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: NOTIFY_BYTES_MAX }, (_request, body, done) => done(null, body))
    for (const channel of CHANNELS) {
      scope.post(`/notify/${channel}`, {
        bodyLimit: NOTIFY_BYTES_MAX, config: { access: channelAccess },
        schema: { summary: `Where ${channel} tells of payments and refunds`, tags: ['payment'], hide: true },
      }, async (request, reply) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
        const answer = await deps.notifies.receive(channel, { headers: request.headers, body })
        return reply.code(answer.status).type(answer.contentType).send(answer.body)
      })
    }
  })
}
