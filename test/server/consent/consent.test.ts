import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishNotices } from '../../../server/consent/notice-service.js'
import { NOTICE_TEXTS } from '../../../server/consent/notice-texts.js'
import { createRunChange } from '../../../server/audit/change.js'
import { type Register, NOTICE, YEAR_MS, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
})
afterAll(() => server.close())

const get = async (url: string) => server.call('GET', url, { as: await server.as('estate-manager@jh') })
const post = async (url: string, body: unknown) => server.call('POST', url, { as: await server.as('estate-manager@jh'), body })
const withdraw = (consentId: string) => post(`/api/consents/${consentId}/withdraw`, {})

describe('notices', () => {
  it('are published with the hash of both texts, and say what the law asks for', async () => {
    const { notices } = (await get('/api/consent-notices')).body as { notices: Array<{ version: string; purpose: string; textZh: string; textEn: string; sha256: string; publishedAtMs: number }> }
    expect(notices.map(({ version, purpose, publishedAtMs }) => [version, purpose, publishedAtMs])).toEqual([[NOTICE, 'face-access', expect.any(Number)]])
    const [notice] = notices as [typeof notices[0] & object]
    expect(notice.sha256).toBe(createHash('sha256').update(`${notice.textZh}\n${notice.textEn}`).digest('hex'))
    for (const word of ['目的', '必要', '方式', '保存期限', '影响', '撤回', '不刷脸', '十四周岁', '欠租']) expect(notice.textZh).toContain(word)
  })

  it('are published once, and stop the server when a text changed', async () => {
    const change = createRunChange({ db: server.db, clock: server.clock })
    await publishNotices({ change, texts: NOTICE_TEXTS })
    expect(await server.db.read.consentNotice.count()).toBe(1)
    const [first] = NOTICE_TEXTS as [typeof NOTICE_TEXTS[0] & object]
    await expect(publishNotices({ change, texts: [{ ...first, textZh: `${first.textZh} ` }] })).rejects.toMatchObject({ code: 'SV_CONSENT_NOTICE_CHANGED', details: { version: NOTICE } })
  })
})

describe('consents', () => {
  it('are told to the gateways, listed, and say what each gateway holds', async () => {
    const personRef = await register.person('jh')
    const expiresAtMs = server.clock.wallMs() + YEAR_MS
    const answer = await post('/api/consents', { personRef, noticeVersion: NOTICE, guardianRef: null, expiresAtMs })
    const { consentId } = answer.body as { consentId: string }
    const told = { consentId, personRef, purpose: 'face-access', noticeVersion: NOTICE, guardianRef: null, grantedAtMs: server.clock.wallMs(), expiresAtMs }
    expect([answer.status, (await register.feed('jh')).at(-1)?.item]).toEqual([201, { kind: 'consent.v1', ...told }])
    expect((await get(`/api/consents?personRef=${personRef}`)).body).toEqual({ consents: [{ ...told, endedAtMs: null, endCause: null }] })
    const { gatewayId } = await register.gateway('jh')
    await server.db.transact((tx) => tx.templateHolding.create({ data: { consentId, gatewayId, personRef, templates: 3, enrolledAtMs: 7n, erasedAtMs: null, registers: JSON.stringify({ terminals: { 'face-1': { gatewayId, epoch: 1, seq: 4, atMs: 8, value: 'pending' } } }) } }))
    expect((await get(`/api/consents/${consentId}`)).body).toEqual({
      ...told, endedAtMs: null, endCause: null, holdings: [{ gatewayId, templates: 3, enrolledAtMs: 7, erasedAtMs: null, terminals: [{ deviceId: 'face-1', state: 'pending' }] }],
    })
  })

  it('of a child go to the gateways with the guardian', async () => {
    const [guardianRef, child] = [await register.person('jh', '1985-01-01'), await register.person('jh', '2018-01-01')]
    const consentId = await register.consent(child, guardianRef)
    expect((await register.feed('jh')).at(-1)?.item).toMatchObject({ kind: 'consent.v1', consentId, personRef: child, guardianRef })
  })

  it('are withdrawn once: end, order to erase and audit entry in one step', async () => {
    const personRef = await register.person('jh')
    const consentId = await register.consent(personRef)
    server.clock.advance(1_000)
    expect((await withdraw(consentId)).status).toBe(204)
    const endedAtMs = server.clock.wallMs()
    const last = (await register.feed('jh')).at(-1)
    expect(last?.item).toEqual({ kind: 'consent-deleted.v1', consentId, personRef, cause: 'withdrawn' })
    expect((await register.feed('jh')).filter(({ item }) => item['consentId'] === consentId)).toHaveLength(1)
    expect((await register.audit()).at(-1)).toEqual({ action: 'consent.end', subject: `consent:${consentId}`, before: { personRef }, after: { cause: 'withdrawn' } })
    server.clock.advance(1_000)
    expect((await withdraw(consentId)).status).toBe(204)
    expect((await register.feed('jh')).at(-1)).toEqual(last)
    expect((await get(`/api/consents/${consentId}`)).body).toMatchObject({ endedAtMs, endCause: 'withdrawn' })
    // After it the person may consent anew.
    await register.consent(personRef)
  })

  it('need nothing to be withdrawn, and a body that asks for more is refused', async () => {
    const consentId = await register.consent(await register.person('jh'))
    expect(await post(`/api/consents/${consentId}/withdraw`, { reason: 'x' })).toMatchObject({ status: 400, body: { details: { field: 'reason' } } })
  })

  it('hold one at a time', async () => {
    const personRef = await register.person('jh')
    const consentId = await register.consent(personRef)
    const answer = await post('/api/consents', { personRef, noticeVersion: NOTICE, guardianRef: null, expiresAtMs: server.clock.wallMs() + 1_000 })
    expect(answer).toMatchObject({ status: 409, body: { code: 'SV_CONSENT_EXISTS', details: { consentId } } })
  })

  it('that are over and not swept yet end before the next begins', async () => {
    const personRef = await register.person('jh')
    const first = await register.consent(personRef, null, server.clock.wallMs() + 1_000)
    server.clock.advance(1_000)
    const second = await register.consent(personRef)
    expect((await register.feed('jh')).slice(-2).map(({ item }) => [item['kind'], item['consentId'], item['cause']])).toEqual([
      ['consent-deleted.v1', first, 'expired'], ['consent.v1', second, undefined],
    ])
  })

  it.each([
    ['an old notice', { noticeVersion: 'face-access-0' }, 409, 'SV_CONSENT_NOTICE', { field: 'noticeVersion', inForce: NOTICE }],
    ['a guardian nobody knows', { guardianRef: '01890000-0000-7000-8000-000000000000' }, 409, 'SV_CONSENT_ADULT', { field: 'guardianRef' }],
    ['an end in the past', { expiresAtMs: 1 }, 400, 'SV_CONSENT_EXPIRY', { field: 'expiresAtMs' }],
  ])('are refused for %s, with nothing written', async (_name, change, status, code, details) => {
    const personRef = await register.person('jh')
    const counts = async () => [await server.db.read.consent.count(), (await register.feed('jh')).length, (await register.audit()).length]
    const before = await counts()
    const body = { personRef, noticeVersion: NOTICE, guardianRef: null, expiresAtMs: server.clock.wallMs() + YEAR_MS, ...change }
    expect(await post('/api/consents', body)).toMatchObject({ status, body: { code, details } })
    expect(await counts()).toEqual(before)
  })
})
