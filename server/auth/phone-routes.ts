import { maskedName } from '../access-log/name-rules.js'
import { publicAccess } from '../http/access.js'
import type { Routes } from '../http/app-types.js'
import { clientAddress, loginLimit } from '../http/rate-limits.js'
import type { PhoneLoginService } from './phone-login-service.js'
import { CodeAnswer, CodeBody, PhoneLoginAnswer, PhoneLoginBody } from './phone-schemas.js'
import { setSession } from './session-cookie.js'

const tags = ['login']
/** A number and a code. */
const BODY_BYTES_MAX = 1_024

export interface PhoneRoutesDeps {
  readonly logins: PhoneLoginService
  readonly estateNames: (estateIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
}

/** How residents log in. */
export const phoneRoutes = (deps: PhoneRoutesDeps): Routes => (app) => {
  app.post('/api/auth/phone/code', {
    config: { access: publicAccess, rateLimit: loginLimit }, bodyLimit: BODY_BYTES_MAX,
    schema: { summary: 'Send a code to a resident\'s phone; the answer is the same for a number that nobody has', tags, body: CodeBody, response: { 202: CodeAnswer } },
  }, async (request, reply) => reply.code(202).send(await deps.logins.requestCode(request.body.phone, clientAddress(request))))

  app.post('/api/auth/phone/login', {
    config: { access: publicAccess, rateLimit: loginLimit }, bodyLimit: BODY_BYTES_MAX,
    schema: { summary: 'Log a resident in with the code; sets the session cookie', tags, body: PhoneLoginBody, response: { 200: PhoneLoginAnswer } },
  }, async (request, reply) => {
    const login = await deps.logins.login(request.body, clientAddress(request))
    if (login.kind === 'in') {
      setSession(request, reply, login.token, login.expiresAtMs)
      return { state: 'in' as const }
    }
    const names = await deps.estateNames(login.persons.map((person) => person.estateId))
    const persons = login.persons.map(({ personRef, displayName, estateId, unitLabel }) =>
      ({ personRef, nameMasked: maskedName(displayName), estateName: names.get(estateId) ?? estateId, unitLabel }))
    return { state: 'choose' as const, persons }
  })
}
