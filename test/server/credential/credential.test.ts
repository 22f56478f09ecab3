import { createHash, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pinMatches } from '#kernel/pin-verifier.js'
import { stampOf, uuid } from '../../support/factories.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { passageV2 } from '../sync/record-samples.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
  await register.gate('jh', 'g-1', gateBody(1))
})
afterAll(() => server.close())

const post = async (path: string, body: object, as = 'estate-manager@jh' as const): Promise<Answer> => server.call('POST', `/api/credentials/${path}`, { as: await server.as(as), body })
const codeOf = ({ status, body }: Answer) => [status, (body as { code?: string }).code, (body as { details?: { field?: string } }).details?.field]
const items = async (credentialId: string) => (await register.feed('jh')).map(({ item }) => item).filter((item) => item['credentialId'] === credentialId)
interface Listed { credentialId: string; kind: string; hint: string; endedAtMs: number | null; endCause: string | null; replacedBy: string | null; holderName: string; use: object | null }
const list = async (query: string): Promise<Listed[]> =>
  ((await server.call('GET', `/api/credentials?state=all&${query}`, { as: await server.as('guard@jh') })).body as { credentials: Listed[] }).credentials
const everything = async (): Promise<string> => JSON.stringify([
  await server.db.read.credential.findMany({ omit: { validFromMs: true, validUntilMs: true, createdAtMs: true, endedAtMs: true } }), await register.feed('jh'), await register.audit(),
])

describe('cards', () => {
  it('are told to the gateways by the number that readers say, however it was typed', async () => {
    const personRef = await register.person('jh')
    const answer = await post('cards', { personRef, number: '04:A3-1f 9C.22' })
    const { credentialId } = answer.body as { credentialId: string }
    expect(answer.status).toBe(201)
    expect(await items(credentialId)).toEqual([{
      kind: 'credential.v1', credentialId, personRef, visitId: null, secret: { kind: 'card', number: '04a31f9c22' },
      validFromMs: server.clock.wallMs(), validUntilMs: server.clock.wallMs() + 10 * 365 * 86_400_000,
    }])
    expect(await list(`personRef=${personRef}`)).toMatchObject([{ credentialId, kind: 'card', hint: '…9c22', holderName: '李小明', use: null }])
    expect(JSON.stringify(await list(`personRef=${personRef}`))).not.toContain('04a31f9c22')
  })

  it('are one person\'s each, and free again once blocked: one tombstone, and nothing left to copy', async () => {
    const [holder, other] = [await register.person('jh'), await register.person('jh')]
    const credentialId = await register.card(holder, 'abcd1234')
    const taken = await post('cards', { personRef: other, number: 'ABCD1234' })
    expect([codeOf(taken), (taken.body as { details: object }).details]).toEqual([[409, 'SV_CREDENTIAL_TAKEN', 'number'], { field: 'number', credentialId, personRef: holder }])
    for (let n = 0; n < 2; n++) expect((await post(`${credentialId}/block`, {}, 'guard@jh' as never)).status).toBe(204)
    expect(await items(credentialId)).toEqual([{ kind: 'credential-deleted.v1', credentialId }])
    expect(await list(`personRef=${holder}`)).toMatchObject([{ endCause: 'blocked', endedAtMs: server.clock.wallMs(), hint: '…1234' }])
    expect(JSON.stringify(await server.db.read.credential.findUnique({ where: { credentialId }, select: { secret: true, lookup: true } }))).toBe('{"secret":null,"lookup":null}')
    expect((await post('cards', { personRef: other, number: 'abcd1234' })).status).toBe(201)
  })

  it('may be replaced: the old one ends in the same step and says by which', async () => {
    const personRef = await register.person('jh')
    const before = await register.card(personRef)
    server.clock.advance(1)
    const { credentialId } = (await post('cards', { personRef, number: register.cardNumber(), replaces: before })).body as { credentialId: string }
    expect(await list(`personRef=${personRef}`)).toMatchObject([{ credentialId, endedAtMs: null }, { credentialId: before, endCause: 'replaced', replacedBy: credentialId }])
    expect(codeOf(await post('cards', { personRef, number: register.cardNumber(), replaces: before }))).toEqual([409, 'SV_CREDENTIAL_ENDED', 'replaces'])
    const foreign = await register.card(await register.person('jh'))
    expect(codeOf(await post('cards', { personRef, number: register.cardNumber(), replaces: foreign }))).toEqual([404, 'SV_HTTP_NOT_FOUND', undefined])
  })

  it.each([['no number', 'zz-zz'], ['too short', '1:2:3'], ['too long', 'a'.repeat(33)]])('with %s are refused, nothing written', async (_name, number) => {
    const personRef = await register.person('jh')
    const before = await everything()
    expect(codeOf(await post('cards', { personRef, number }))).toEqual([400, 'SV_CREDENTIAL_CARD', 'number'])
    expect(codeOf(await post('cards', { personRef, number: '12345678', validUntilMs: 1 }))).toEqual([400, 'SV_CREDENTIAL_TIMES', 'validUntilMs'])
    expect(await everything()).toBe(before)
  })
})

describe('PINs', () => {
  it('are nowhere in clear: the gateway is told a verifier under the person\'s number', async () => {
    const personRef = await register.person('jh')
    const answer = await post('pins', { personRef, pin: '8306', duressPin: '9417' })
    const { credentialId, number } = answer.body as { credentialId: string; number: string }
    expect([answer.status, answer.body]).toEqual([201, { credentialId, number: expect.stringMatching(/^[1-9][0-9]{4}$/), pin: null }])
    const [item] = await items(credentialId)
    const secret = item?.['secret'] as { number: string; verifier: string; duressVerifier: string }
    expect([secret.number, await pinMatches(secret.verifier, '8306'), await pinMatches(secret.duressVerifier, '9417'), await pinMatches(secret.verifier, '9417')]).toEqual([number, true, true, false])
    expect((await everything()).replaceAll(/scrypt[^"]*/g, '')).not.toMatch(/"8306"|"9417"/)
  })

  it('keep their number when set anew; made up ones are shown once and hold', async () => {
    const personRef = await register.person('jh')
    const first = (await post('pins', { personRef })).body as { credentialId: string; number: string; pin: string }
    server.clock.advance(1)
    const second = (await post('pins', { personRef })).body as { credentialId: string; number: string; pin: string }
    expect([second.number, second.pin]).toEqual([first.number, expect.stringMatching(/^[0-9]{6}$/)])
    expect(await items(first.credentialId)).toEqual([{ kind: 'credential-deleted.v1', credentialId: first.credentialId }])
    const secret = (await items(second.credentialId))[0]?.['secret'] as { verifier: string }
    expect([await pinMatches(secret.verifier, second.pin), await pinMatches(secret.verifier, first.pin)]).toEqual([true, false])
    expect(await list(`personRef=${personRef}&kind=pin`)).toMatchObject([{ credentialId: second.credentialId }, { endCause: 'replaced', replacedBy: second.credentialId }])
  })

  it.each([
    [{ pin: '1234' }, 'pin'], [{ pin: '0501' }, 'pin'], [{ pin: '8306', duressPin: '8307' }, 'duressPin'], [{ pin: '8306', duressPin: '2222' }, 'duressPin'],
  ])('%j is refused', async (pins, field) => {
    const personRef = await register.person('jh', '1980-05-01')
    expect(codeOf(await post('pins', { personRef, ...pins }))).toEqual([400, 'SV_CREDENTIAL_PIN', field])
    expect(await list(`personRef=${personRef}`)).toEqual([])
  })
})

describe('phones and printed codes', () => {
  it('a phone is its P-256 key', async () => {
    const personRef = await register.person('jh')
    const publicKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    const { credentialId } = (await post('phones', { personRef, name: '华为', publicKey })).body as { credentialId: string }
    expect(await items(credentialId)).toMatchObject([{ secret: { kind: 'phone-key', publicKey } }])
    for (const [type, options] of [['ec', { namedCurve: 'secp384r1' }], ['ec', { namedCurve: 'secp256k1' }]] as const) {
      const other = generateKeyPairSync(type, options).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
      expect(codeOf(await post('phones', { personRef, name: 'x', publicKey: other }))).toEqual([400, 'SV_CREDENTIAL_KEY', 'publicKey'])
    }
  })

  it('a printed code is shown once; its SHA-256 is all that is kept', async () => {
    const personRef = await register.person('jh')
    const { credentialId, code } = (await post('printed', { personRef })).body as { credentialId: string; code: string }
    expect(code).toMatch(/^JT1\.[A-Za-z0-9_-]{22}$/)
    expect(await items(credentialId)).toMatchObject([{ secret: { kind: 'token', sha256: createHash('sha256').update(code).digest('hex') } }])
    expect(await everything()).not.toContain(code)
  })
})

describe('what gateways report', () => {
  it('is counted, whatever the order; what another estate says of it is not', async () => {
    const personRef = await register.person('jh')
    const credentialId = await register.card(personRef)
    const shown = (number: number, change: object) => passageV2(number, { credentialId, way: 'card', personRef, gateId: 'g-1', ...change })
    const foreign = await claimedGateway(server, 'xh', register)
    await foreign.report(shown(90, {}))
    gateway.log.append(shown(1, {}), shown(2, { result: 'refused', reason: 'no-permit' }), shown(3, { gateId: 'g-2' }))
    const last = gateway.log.lastSeq
    expect((await gateway.calls.records(gateway.log.batch(last, last))).status).toBe(200)
    expect((await gateway.calls.records(gateway.log.batch(last - 2, last - 1))).status).toBe(200)
    expect(await list(`personRef=${personRef}`)).toMatchObject([{ use: { granted: 2, refused: 1, lastAtMs: stampOf(3).occurredAtMs, lastGateId: 'g-2', lastGateName: 'g-2' } }])
    await gateway.report(shown(4, { gateId: 'g-1' }))
    expect(await list(`personRef=${personRef}`)).toMatchObject([{ use: { granted: 3, lastGateName: 'Gate 1' } }])
  })

  it('blocked at a desk it ends here too, once, and at its own estate alone', async () => {
    const personRef = await register.person('jh')
    const credentialId = await register.card(personRef)
    const blocked = (number: number) => ({ kind: 'credential-blocked.v1', ...stampOf(number), credentialId, operatorRef: uuid(1, 0x77) })
    const foreign = await claimedGateway(server, 'xh', register)
    await foreign.report(blocked(91))
    expect(await list(`personRef=${personRef}`)).toMatchObject([{ endedAtMs: null }])
    await gateway.report(blocked(10), blocked(11))
    expect(await list(`personRef=${personRef}`)).toMatchObject([{ endCause: 'blocked' }])
    expect(await items(credentialId)).toEqual([{ kind: 'credential-deleted.v1', credentialId }])
    expect((await register.audit()).filter(({ subject, action }) => subject === `credential:${credentialId}` && action === 'credential.end')).toMatchObject([{ after: { cause: 'blocked', operatorRef: uuid(1, 0x77) } }])
  })
})

it('who is removed has nothing left that opens', async () => {
  const personRef = await register.person('jh')
  const credentialId = await register.card(personRef)
  await server.call('DELETE', `/api/persons/${personRef}`, { as: await register.admin() })
  expect(await items(credentialId)).toEqual([{ kind: 'credential-deleted.v1', credentialId }])
})

it('what is over ends by itself', async () => {
  const personRef = await register.person('jh')
  const { credentialId } = (await post('cards', { personRef, number: register.cardNumber(), validUntilMs: server.clock.wallMs() + 60_000 })).body as { credentialId: string }
  await server.sweep()
  expect(await items(credentialId)).toMatchObject([{ kind: 'credential.v1' }])
  server.clock.advance(60_000)
  await server.sweep()
  expect(await items(credentialId)).toEqual([{ kind: 'credential-deleted.v1', credentialId }])
})
