import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import fastifyStatic from '@fastify/static'
import { fail } from '../errors.js'
import { publicAccess } from './access.js'
import type { App } from './app-types.js'

const ONE_YEAR_SECONDS = 31_536_000

/** Pages of staff; every other page is the residents'. */
const STAFF_PAGE = /^(manager|finance|login)(\/|$)/
/** What the staff's build holds beside its pages. */
const STAFF_FILE = /^assets\/|^favicon\.svg$/
/** Files whose names carry a hash of their content. */
const HASHED = /^(assets|my)\//

/** A path of a page's own router, as opposed to a file or to a part of the API that is not there. */
const isPagePath = (path: string): boolean =>
  !path.startsWith('api/') && extname(path) === '' && !path.split('/').some((name) => name.startsWith('.'))

export interface PageFolders {
  /** `dist/web` */
  readonly staff: string
  /** `dist/resident` */
  readonly residents: string
}

/**
 * The built pages: staff's under /manager, /finance and /login, residents' under all else. File names under `assets/` and
 * `my/` carry a hash of their content and are kept for ever; an index.html is asked for anew each time and stands for every
 * path of its page's router. Where the build put a compressed file beside one, browsers that can read it get that. Where only
 * one of the pages was built it stands for both; without any, only the API answers.
 */
export async function pageRoutes(app: App, folders: PageFolders): Promise<void> {
  app.setNotFoundHandler(() => {
    throw fail('SV_HTTP_NOT_FOUND')
  })
  const built = [folders.staff, folders.residents].filter((folder) => existsSync(folder))
  const [first] = built
  if (first === undefined) return
  await app.register(fastifyStatic, { root: built, serve: false, cacheControl: false, dotfiles: 'ignore', preCompressed: true })
  const rootOf = (path: string): string => {
    const wanted = STAFF_FILE.test(path) || (isPagePath(path) && STAFF_PAGE.test(path)) ? folders.staff : folders.residents
    return built.includes(wanted) ? wanted : first
  }
  // Returns nothing: a returned reply would be waited for as a promise.
  app.get('/*', { config: { access: publicAccess }, schema: { hide: true } }, (request, reply) => {
    const path = (request.params as { '*': string })['*']
    const kept = HASHED.test(path) ? `public, max-age=${ONE_YEAR_SECONDS}, immutable` : 'no-cache'
    void reply.header('cache-control', kept).sendFile(isPagePath(path) ? 'index.html' : path, rootOf(path))
  })
}
