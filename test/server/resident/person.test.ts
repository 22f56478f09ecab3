import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let register: Register
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'g-1', gateBody(1))
})
afterAll(() => server.close())

interface Page { persons: Array<{ personRef: string; estateId: string; displayName: string; birthDate: string; unitLabel: string }>; next: string | null }
const list = async (query: string, as?: string): Promise<Page> => (await server.call('GET', `/api/persons${query}`, { as: as ?? (await register.admin()) })).body as Page
const remove = async (personRef: string) => server.call('DELETE', `/api/persons/${personRef}`, { as: await register.admin() })

describe('persons', () => {
  it('are told to the gateways by pseudonym and name, and audited without the name', async () => {
    const personRef = await register.person('jh', '1990-02-03', '欧阳静')
    expect((await register.feed('jh')).at(-1)?.item).toEqual({ kind: 'person.v1', personRef, displayName: '欧阳静' })
    expect((await register.audit()).at(-1)).toEqual({ action: 'person.create', subject: `person:${personRef}`, before: null, after: null })
  })

  it('are found by part of a name or the beginning of a flat, within scope', async () => {
    await register.person('xh', '1990-02-03', '寻找者甲')
    const here = await register.person('jh', '1990-02-03', '寻找者乙')
    expect((await list('?q=寻找者')).persons.map((person) => person.displayName)).toEqual(['寻找者乙', '寻找者甲'])
    expect((await list('?q=寻找者', await server.as('guard@jh'))).persons).toEqual([{ personRef: here, estateId: 'jh', displayName: '寻找者乙', birthDate: '1990-02-03', unitLabel: '3-502' }])
    expect((await list('?q=寻找者&estateId=xh')).persons.map((person) => person.estateId)).toEqual(['xh'])
    expect((await list('?q=3-5&estateId=xh')).persons).toHaveLength(1)
    expect((await list('?q=5-3')).persons).toEqual([])
    // A wildcard would find everybody.
    expect(await server.call('GET', '/api/persons?q=%25', { as: await register.admin() })).toMatchObject({ status: 400, body: { details: { field: 'q' } } })
    expect((await server.call('GET', '/api/persons?estateId=xh', { as: await server.as('guard@jh') })).status).toBe(404)
  })

  it('come in pages without gap or repeat, also where names are the same', async () => {
    const refs: string[] = []
    for (let i = 0; i < 7; i++) {
      refs.push(await register.person('xh', '1990-02-03', i < 5 ? '同名' : `同名${i}`))
      server.clock.advance(1)
    }
    const seen: string[] = []
    let query = '?q=同名&limit=2'
    for (let pages = 0; pages < 10; pages++) {
      const page = await list(query)
      seen.push(...page.persons.map((person) => person.personRef))
      if (page.next === null) break
      query = `?q=同名&limit=2&after=${page.next}`
    }
    expect(seen).toEqual(refs)
    // A page that ends with the last person says so.
    expect((await list('?q=同名&limit=7')).next).toBeNull()
    expect((await list('?q=同名&limit=6')).next).not.toBeNull()
  })

  it('have a cursor that nobody can bend', async () => {
    for (const after of ['x', Buffer.from('{"displayName":1}').toString('base64url'), Buffer.from('[]').toString('base64url')]) {
      const answer = await server.call('GET', `/api/persons?after=${after}`, { as: await register.admin() })
      expect([answer.status, (answer.body as { details: { field: string } }).details.field]).toEqual([400, 'after'])
    }
  })

  it.each(['1980-02-30', '2090-01-01', '1800-01-01'])('are not born on %s', async (birthDate) => {
    const answer = await server.call('POST', '/api/persons', { as: await register.admin(), body: { estateId: 'jh', displayName: 'x', birthDate, unitLabel: '' } })
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'SV_PERSON_BIRTH_DATE', details: { field: 'birthDate' } }])
  })

  it('leave nothing but the pseudonym when removed: permits and consents end, each with its tombstone', async () => {
    const personRef = await register.person('jh', '1990-02-03', '要离开的人')
    const permits = [await register.permit(personRef, ['g-1']), await register.permit(personRef, ['g-1'])].sort()
    const consent = await register.consent(personRef)
    const before = (await register.feed('jh')).at(-1)?.cursor ?? 0
    const answer = await remove(personRef)
    expect([answer.status, answer.body]).toEqual([200, { permitsEnded: 2, consentsEnded: 1 }])
    expect((await register.feed('jh')).filter(({ cursor }) => cursor > before)).toEqual([
      { cursor: before + 1, item: { kind: 'consent-deleted.v1', consentId: consent, personRef, cause: 'person-removed' } },
      { cursor: before + 2, item: { kind: 'permit-deleted.v1', permitId: permits[0] } },
      { cursor: before + 3, item: { kind: 'permit-deleted.v1', permitId: permits[1] } },
      { cursor: before + 4, item: { kind: 'person-deleted.v1', personRef } },
    ])
    expect(await server.db.read.person.findUniqueOrThrow({ where: { personRef } })).toMatchObject({ displayName: null, birthDate: null, unitLabel: null })
    expect((await list('?q=要离开')).persons).toEqual([])
    const tables = await Promise.all([server.db.read.rosterChange.findMany(), server.db.read.auditEntry.findMany(), server.db.read.person.findMany()])
    expect(JSON.stringify(tables, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))).not.toContain('要离开')
  })

  it('are removed once, and get nothing afterwards', async () => {
    const personRef = await register.person('jh')
    await remove(personRef)
    expect((await remove(personRef)).status).toBe(404)
    const nowMs = server.clock.wallMs()
    const permit = { personRef, gateIds: ['g-1'], validFromMs: 0, validUntilMs: nowMs + 1_000 }
    expect((await server.call('POST', '/api/permits', { as: await register.admin(), body: permit })).status).toBe(404)
    const consent = { personRef, noticeVersion: 'face-access-1', guardianRef: null, expiresAtMs: nowMs + 1_000 }
    expect((await server.call('POST', '/api/consents', { as: await register.admin(), body: consent })).status).toBe(404)
  })

  it('who consented for a child end that consent when removed', async () => {
    const guardian = await register.person('jh', '1985-01-01')
    const child = await register.person('jh', '2018-01-01')
    const consent = await register.consent(child, guardian)
    expect((await remove(guardian)).body).toEqual({ permitsEnded: 0, consentsEnded: 1 })
    const detail = (await server.call('GET', `/api/consents/${consent}`, { as: await register.admin() })).body
    expect(detail).toMatchObject({ endCause: 'person-removed', personRef: child })
  })
})
