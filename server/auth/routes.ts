import { Type } from 'typebox'
import { anyLogin, callerOf, publicAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { SESSION_COOKIE } from '../http/authorize.js'
import { clientAddress, loginLimit } from '../http/rate-limits.js'
import type { LoginService } from './login-service.js'
import { LoginBody, MeAnswer, PasswordBody } from './schemas.js'
import { cookieOptions, setSession } from './session-cookie.js'

const tags = ['login']
/** A login's body is a name and a password. */
const LOGIN_BYTES_MAX = 4_096

export const authRoutes = (deps: { logins: LoginService }): Routes => (app) => {
  app.post('/api/auth/login', {
    config: { access: publicAccess, rateLimit: loginLimit },
    bodyLimit: LOGIN_BYTES_MAX,
    schema: { summary: 'Log in; sets the session cookie', tags, body: LoginBody, response: { 200: MeAnswer } },
  }, async (request, reply) => {
    const { loginName, password } = request.body
    const { user, token, expiresAtMs } = await deps.logins.login(loginName, password, clientAddress(request))
    setSession(request, reply, token, expiresAtMs)
    return { user: { ...user, grants: [...user.grants] } }
  })

  app.post('/api/auth/logout', {
    config: { access: anyLogin },
    schema: { summary: 'End the session', tags, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    await deps.logins.logout(callerOf(request), request.cookies[SESSION_COOKIE] ?? '')
    return reply.clearCookie(SESSION_COOKIE, cookieOptions(request)).code(204).send(null)
  })

  app.post('/api/auth/password', {
    config: { access: anyLogin, rateLimit: loginLimit },
    bodyLimit: LOGIN_BYTES_MAX,
    schema: { summary: 'Set your own password; all other sessions end', tags, body: PasswordBody, response: { 204: Type.Null() } },
  }, async (request, reply) => {
    const { token, expiresAtMs } = await deps.logins.changePassword(callerOf(request), request.body, clientAddress(request))
    setSession(request, reply, token, expiresAtMs)
    return reply.code(204).send(null)
  })

  app.get('/api/auth/me', {
    config: { access: anyLogin },
    schema: { summary: 'Who is logged in', tags, response: { 200: MeAnswer } },
  }, async (request) => {
    const caller = callerOf(request)
    return { user: { ...caller, grants: [...caller.grants] } }
  })
}
