import { type DeskRoutes, SESSION_COOKIE, operatorOf } from './desk-access.js'
import type { LoginService } from './login-service.js'
import type { OperatorService } from './operator-service.js'
import type { OperatorRow } from './ports.js'
import { DisableBody, LoginBody, OperatorBody, OperatorParams } from './schemas.js'

/** A script that tries passwords is stopped before it costs a hash each time. */
const LOGINS_PER_MINUTE = 20
const cookieOptions = { path: '/', httpOnly: true, sameSite: 'strict', secure: true } as const

export interface EstateFacts {
  readonly estateId: string
  /** Milliseconds without a request after which a login ends. */
  readonly idleMs: number
}

const meOf = ({ operatorRef, loginName, displayName, role }: OperatorRow, estate: EstateFacts) => ({ operator: { operatorRef, loginName, displayName, role }, ...estate })

/** Login, and who may log in. */
export const loginRoutes = (deps: { logins: LoginService; operators: OperatorService; estate: EstateFacts }): DeskRoutes => (app) => {
  const { logins, operators, estate } = deps

  app.post('/api/auth/login', {
    config: { deskAccess: 'public', rateLimit: { max: LOGINS_PER_MINUTE, timeWindow: 60_000 } }, schema: { body: LoginBody },
  }, async (request, reply) => {
    const { operator, token, expiresAtMs } = await logins.login(request.body.loginName, request.body.password, request.ip)
    reply.setCookie(SESSION_COOKIE, token, { ...cookieOptions, expires: new Date(expiresAtMs) })
    return meOf(operator, estate)
  })
  app.post('/api/auth/logout', { config: { deskAccess: 'guard' } }, async (request, reply) => {
    await logins.logout(operatorOf(request), request.cookies[SESSION_COOKIE] ?? '')
    return reply.clearCookie(SESSION_COOKIE, cookieOptions).code(204).send()
  })
  app.get('/api/auth/me', { config: { deskAccess: 'guard' } }, async (request) => meOf(operatorOf(request), estate))

  app.get('/api/desk/operators', { config: { deskAccess: 'manager' } }, async () => ({ operators: await operators.list() }))
  app.post('/api/desk/operators', { config: { deskAccess: 'manager' }, schema: { body: OperatorBody } },
    async (request, reply) => reply.code(201).send(await operators.create(operatorOf(request), request.body)))
  app.post('/api/desk/operators/:operatorRef/disable', { config: { deskAccess: 'manager' }, schema: { params: OperatorParams, body: DisableBody } },
    async (request, reply) => {
      await operators.disable(operatorOf(request), request.params.operatorRef, request.body)
      return reply.code(204).send()
    })
}
