import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomBytes } from 'node:crypto'
import { covers, gatesFor, gatewaysFor, passagesFor, personsFor, withdrawn } from './world-questions.js'
import type { World } from './world.js'
import type { LiveLines } from './live-lines.js'

type User = World['users'][number]

export class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, readonly details?: Record<string, unknown>) {
    super(code)
  }
}

interface Ask {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly params: readonly string[]
  readonly query: URLSearchParams
  readonly body: Record<string, unknown>
  readonly user: User
}

type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | 'stream'
type Handler = (ask: Ask) => Answer

const sidOf = (request: IncomingMessage): string | undefined => /(?:^|;\s*)sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]
const shown = ({ password: _password, ...user }: User) => user

/** The API of the server for the pages, over a world in memory: same paths, shapes, statuses and codes. */
export function createStandInApi(world: World, lines: LiveLines) {
  const sessions = new Map<string, User>()
  let failedLogins = 0

  const login: Handler = ({ body }) => {
    if (failedLogins >= 5) throw new Refusal(429, 'SV_AUTH_SLOW_DOWN', { retryAfterSeconds: 30 })
    const user = world.users.find((known) => known.loginName === body['loginName'] && known.password === body['password'])
    if (user === undefined) {
      failedLogins++
      throw new Refusal(401, 'SV_AUTH_LOGIN')
    }
    failedLogins = 0
    const sid = randomBytes(16).toString('hex')
    sessions.set(sid, user)
    return { body: { user: shown(user) }, headers: { 'set-cookie': `sid=${sid}; Path=/; HttpOnly; SameSite=Strict` } }
  }
  const needManager = (user: User): void => { if (!user.grants.some((grant) => grant.role !== 'guard')) throw new Refusal(403, 'SV_AUTH_FORBIDDEN') }
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Refusal(404, 'SV_HTTP_NOT_FOUND')
    return value
  }

  const routes: Array<readonly [string, RegExp, Handler]> = [
    ['POST', /^\/api\/auth\/login$/, login],
    ['POST', /^\/api\/auth\/logout$/, ({ request }) => { sessions.delete(sidOf(request) ?? ''); return { status: 204 } }],
    ['GET', /^\/api\/auth\/me$/, ({ user }) => ({ body: { user: shown(user) } })],
    ['GET', /^\/api\/estates$/, ({ user }) => ({ body: { estates: world.estates.filter((estate) => covers(user, estate.estateId)) } })],
    ['GET', /^\/api\/gates$/, ({ user, query }) => ({ body: { gates: gatesFor(world, user, query.get('estateId')) } })],
    ['GET', /^\/api\/alarms\/open$/, () => ({ body: { alarms: [], more: false } })],
    ['GET', /^\/api\/access-log$/, ({ user, query }) => ({ body: passagesFor(world, user, query) })],
    ['GET', /^\/api\/access-log\/([^/]+)$/, ({ params }) => ({ body: found(world.passages.find((item) => item.passageId === params[0])) })],
    ['GET', /^\/api\/live$/, ({ response, query }) => { lines.add(response, query.get('estateId')); return 'stream' }],
    ['GET', /^\/api\/integrity$/, ({ user }) => ({ body: { gateways: gatewaysFor(world, user, Date.now()) } })],
    ['GET', /^\/api\/persons$/, ({ user, query }) => ({ body: personsFor(world, user, query) })],
    ['GET', /^\/api\/credentials$/, () => ({ body: { credentials: [], next: null } })],
    ['GET', /^\/api\/consents$/, ({ user, query }) => {
      needManager(user)
      return { body: { consents: world.consents.filter((consent) => consent.personRef === query.get('personRef')).map(({ holdings: _holdings, ...consent }) => consent) } }
    }],
    ['GET', /^\/api\/consents\/([^/]+)$/, ({ user, params }) => {
      needManager(user)
      return { body: found(world.consents.find((consent) => consent.consentId === params[0])) }
    }],
    ['POST', /^\/api\/consents\/([^/]+)\/withdraw$/, ({ user, params }) => {
      needManager(user)
      const at = world.consents.findIndex((consent) => consent.consentId === params[0])
      world.consents[at] = withdrawn(found(world.consents[at]), Date.now())
      return { status: 204 }
    }],
  ]

  return {
    endSessions: (): void => sessions.clear(),
    /** Lets logins through again after too many that failed. */
    forgive: (): void => { failedLogins = 0 },
    /** @throws Refusal */
    answer(request: IncomingMessage, response: ServerResponse, url: URL, body: Record<string, unknown>): Answer {
      if (request.method !== 'GET' && request.headers['x-requested-with'] !== 'smart-estates') throw new Refusal(403, 'SV_AUTH_HEADER')
      const route = routes.find(([method, path]) => method === request.method && path.test(url.pathname))
      if (route === undefined) throw new Refusal(404, 'SV_HTTP_NOT_FOUND')
      const user = sessions.get(sidOf(request) ?? '')
      if (user === undefined && !url.pathname.startsWith('/api/auth/log')) throw new Refusal(401, 'SV_AUTH_REQUIRED')
      const params = (route[1].exec(url.pathname) ?? []).slice(1)
      return route[2]({ request, response, params, query: url.searchParams, body, user: user as User })
    },
  }
}
