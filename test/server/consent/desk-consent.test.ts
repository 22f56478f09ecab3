import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stampOf, uuid } from '../../support/factories.js'
import { NOTICE, type Register, YEAR_MS, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
})
afterAll(() => server.close())

let made = 0
const operatorRef = uuid(1, 0x77)
const given = (personRef: string, change: object = {}) => ({
  kind: 'desk-consent.v1', ...stampOf((made += 1)), consentId: uuid(made, 0xce), personRef, noticeVersion: NOTICE, guardianRef: null,
  grantedAtMs: server.clock.wallMs(), expiresAtMs: server.clock.wallMs() + YEAR_MS, operatorRef, ...change,
})
const withdrawn = (consentId: string, personRef: string) => ({ kind: 'desk-withdrawal.v1', ...stampOf((made += 1)), consentId, personRef, operatorRef })
const told = async (consentId: string) => (await register.feed('jh')).map(({ item }) => item).filter((item) => item['consentId'] === consentId)
const row = (consentId: string) => server.db.read.consent.findUnique({ where: { consentId } })

describe('a consent on paper', () => {
  it('is one of the register, and every gateway is told', async () => {
    const personRef = await register.person('jh')
    const consent = given(personRef)
    await gateway.report(consent)
    const { consentId, grantedAtMs, expiresAtMs } = consent
    expect(await told(consentId)).toEqual([{ kind: 'consent.v1', consentId, personRef, purpose: 'face-access', noticeVersion: NOTICE, guardianRef: null, grantedAtMs, expiresAtMs }])
    expect(await row(consentId)).toMatchObject({ recordedBy: operatorRef, endedAtMs: null })
    await gateway.report(withdrawn(consentId, personRef))
    expect(await told(consentId)).toEqual([{ kind: 'consent-deleted.v1', consentId, personRef, cause: 'withdrawn' }])
    expect(await row(consentId)).toMatchObject({ endCause: 'withdrawn' })
  })

  it('withdrawn before it was heard of is a consent that has ended', async () => {
    const personRef = await register.person('jh')
    const consent = given(personRef)
    gateway.log.append(consent, withdrawn(consent.consentId, personRef))
    const last = gateway.log.lastSeq
    for (const seq of [last, last - 1]) expect((await gateway.calls.records(gateway.log.batch(seq, seq))).status).toBe(200)
    expect(await row(consent.consentId)).toMatchObject({ endCause: 'withdrawn' })
    expect(await told(consent.consentId)).toEqual([{ kind: 'consent-deleted.v1', consentId: consent.consentId, personRef, cause: 'withdrawn' }])
  })

  it.each([
    ['somebody of another estate', async () => given(await register.person('xh')), 'person-removed'],
    ['nobody', async () => given(uuid(404, 0xa)), 'person-removed'],
    ['a child without a guardian', async () => given(await register.person('jh', '2019-01-01')), 'withdrawn'],
    ['a text that was never published', async () => given(await register.person('jh'), { noticeVersion: 'other' }), 'withdrawn'],
    ['more years than allowed', async () => given(await register.person('jh'), { expiresAtMs: server.clock.wallMs() + 6 * YEAR_MS }), 'withdrawn'],
  ])('of %s does not stand, and the gateway is told to erase', async (_name, consentOf, cause) => {
    const consent = await consentOf()
    const { consentId, personRef } = consent
    await gateway.report(consent)
    expect([await row(consentId), await told(consentId)]).toEqual([null, [{ kind: 'consent-deleted.v1', consentId, personRef, cause }]])
  })

  it('is withdrawn by its own estate alone', async () => {
    const personRef = await register.person('jh')
    const consentId = await register.consent(personRef)
    const foreign = await claimedGateway(server, 'xh', register)
    await foreign.report(withdrawn(consentId, personRef))
    expect(await row(consentId)).toMatchObject({ endedAtMs: null })
    await gateway.report(withdrawn(consentId, personRef))
    expect(await row(consentId)).toMatchObject({ endCause: 'withdrawn' })
  })
})
