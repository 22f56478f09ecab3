import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import fastifyStatic from '@fastify/static'
import { fail } from '../errors.js'
import { publicAccess } from './access.js'
import type { App } from './app-types.js'

const ONE_YEAR_SECONDS = 31_536_000

/** A path of the page's own router, as opposed to a file or to a part of the API that is not there. */
const isPagePath = (path: string): boolean =>
  !path.startsWith('api/') && extname(path) === '' && !path.split('/').some((name) => name.startsWith('.'))

/**
 * The built page under `/`. File names under `assets/` carry a hash of their content and are kept for ever; index.html
 * is asked for anew each time and stands for every path of the page's router. Where the build put a compressed file beside
 * one, browsers that can read it get that.
 * @param folder `dist/web`; where it is missing only the API answers
 */
export async function pageRoutes(app: App, folder: string): Promise<void> {
  app.setNotFoundHandler(() => {
    throw fail('SV_HTTP_NOT_FOUND')
  })
  if (!existsSync(folder)) return
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, dotfiles: 'ignore', preCompressed: true })
  // Returns nothing: a returned reply would be waited for as a promise.
  app.get('/*', { config: { access: publicAccess }, schema: { hide: true } }, (request, reply) => {
    const path = (request.params as { '*': string })['*']
    const kept = path.startsWith('assets/') ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache'
    void reply.header('cache-control', kept).sendFile(isPagePath(path) ? 'index.html' : path)
  })
}
