import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fail } from '../errors.js'
import { publicAccess } from './access.js'
import type { App } from './app-types.js'

const ONE_YEAR_MS = 31_536_000_000

/** A path of the page's own router, as opposed to a file or an API path that is not there. */
const isPagePath = (request: FastifyRequest): boolean => {
  const path = request.url.split('?', 1)[0] ?? ''
  return request.method === 'GET' && !path.startsWith('/api/') && extname(path) === ''
}

/**
 * The built page under `/`. File names under `assets/` carry a hash of their content and are kept for ever; index.html
 * is asked for anew each time and stands for every path of the page's router.
 * @param folder `dist/web`; where it is missing only the API answers
 */
export async function pageRoutes(app: App, folder: string): Promise<void> {
  const built = existsSync(folder)
  if (built) await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false })
  const sendIndex = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-cache').sendFile('index.html')
  if (built) {
    app.get('/*', { config: { access: publicAccess }, schema: { hide: true } }, (request, reply) => {
      const path = (request.params as { '*': string })['*']
      if (path === '') return sendIndex(reply)
      const forever = path.startsWith('assets/')
      return reply.header('cache-control', forever ? `public, max-age=${ONE_YEAR_MS / 1_000}, immutable` : 'no-cache').sendFile(path)
    })
  }
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    if (built && isPagePath(request)) return sendIndex(reply)
    reply.header('cache-control', 'no-store')
    throw fail('SV_HTTP_NOT_FOUND')
  })
}
