import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RosterResponseV1 } from '#contract/sync-api.js'
import { schemaError } from '#contract/codec.js'
import { CONTRACT_VERSION, RosterResponseV1 as RosterSchema } from '#contract/sync-api.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from './gateway-client.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
})
afterEach(() => server.close())

async function page(cursor: number, limit?: number): Promise<RosterResponseV1> {
  const { status, body } = await gateway.calls.roster(cursor, limit, CONTRACT_VERSION)
  expect([status, schemaError(RosterSchema, body)]).toEqual([200, undefined])
  return body as RosterResponseV1
}
const kinds = ({ items }: RosterResponseV1): string[] => items.map((item) => item.kind)
const remove = async (path: string): Promise<void> => {
  expect([200, 204]).toContain((await server.call('DELETE', path, { as: await register.admin() })).status)
}

/** Pages from `cursor` until all is told. */
async function all(cursor: number, limit?: number): Promise<{ items: RosterResponseV1['items']; cursor: number; pages: number }> {
  const items: RosterResponseV1['items'] = []
  for (let pages = 1; ; pages++) {
    const answer = await page(cursor, limit)
    items.push(...answer.items)
    cursor = answer.cursor
    if (answer.complete) return { items, cursor, pages }
  }
}

describe('the roster of an estate', () => {
  it('empty: a snapshot of nothing, once', async () => {
    const first = await page(0)
    expect([kinds(first), first.complete]).toEqual([['reset.v1', 'complete.v1'], true])
    expect(await page(first.cursor)).toEqual({ items: [], cursor: first.cursor, complete: true })
    await register.gate('jh', 'g-1')
    const next = await page(first.cursor)
    expect(kinds(next)).toEqual(['gate.v2'])
    expect(await page(next.cursor)).toEqual({ items: [], cursor: next.cursor, complete: true })
  })

  it('whole on cursor 0, exactly as the register has it, and of this estate alone', async () => {
    await register.gate('jh', 'g-1', gateBody(1, ['cam-1']))
    const personRef = await register.person('jh')
    const permitId = await register.permit(personRef, ['g-1'])
    const consentId = await register.consent(personRef)
    await register.gate('xh', 'g-9')
    await register.person('xh')
    const { items } = await page(0)
    expect(items).toEqual([
      { kind: 'reset.v1' },
      { kind: 'gate.v2', gateId: 'g-1', ...gateBody(1, ['cam-1']) },
      { kind: 'person.v1', personRef, displayName: '李小明' },
      { kind: 'permit.v2', permitId, personRef, role: 'resident', gateIds: ['g-1'], validFromMs: 0, validUntilMs: expect.any(Number) as number, scheduleId: null },
      { kind: 'consent.v1', consentId, personRef, purpose: 'face-access', noticeVersion: 'face-access-1', guardianRef: null,
        grantedAtMs: server.clock.wallMs(), expiresAtMs: expect.any(Number) as number },
      { kind: 'complete.v1' },
    ])
  })

  it('changes after a cursor, the last of each item, ends before beginnings', async () => {
    await register.gate('jh', 'g-1')
    const leaving = await register.person('jh')
    const permitId = await register.permit(leaving, ['g-1'])
    const consentId = await register.consent(leaving)
    const { cursor } = await page(0)
    const coming = await register.person('jh')
    await register.gate('jh', 'g-1', { ...gateBody(), name: '旧名' })
    await register.gate('jh', 'g-1', { ...gateBody(), name: '新名' })
    await remove(`/api/persons/${leaving}`)
    const { items } = await page(cursor)
    expect(items.slice(0, 3).sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: 'consent-deleted.v1', consentId, personRef: leaving, cause: 'person-removed' },
      { kind: 'permit-deleted.v1', permitId },
      { kind: 'person-deleted.v1', personRef: leaving },
    ])
    expect(items.slice(3)).toEqual([{ kind: 'person.v1', personRef: coming, displayName: '李小明' }, { kind: 'gate.v2', gateId: 'g-1', ...gateBody(), name: '新名' }])
  })

  it('in pages: reset in the first, complete in the last, nothing twice and nothing left out', async () => {
    const refs = []
    for (let n = 0; n < 7; n++) refs.push(await register.person('jh'))
    const { items, pages } = await all(0, 4)
    expect(pages).toBe(4)
    expect(items.map((item) => item.kind)).toEqual(['reset.v1', ...refs.map(() => 'person.v1'), 'complete.v1'])
    expect(items.flatMap((item) => (item.kind === 'person.v1' ? [item.personRef] : []))).toEqual(refs)
  })

  it('changed while its pages are fetched: complete comes after everything that is there then, named', async () => {
    const refs = []
    for (let n = 0; n < 5; n++) refs.push(await register.person('jh'))
    const first = await page(0, 4)
    expect([kinds(first), first.complete]).toEqual([['reset.v1', 'person.v1', 'person.v1'], false])
    await remove(`/api/persons/${refs[0]}`)
    await remove(`/api/persons/${refs[4]}`)
    const added = await register.person('jh')
    const rest = await all(first.cursor, 4)
    expect(rest.items.at(-1)).toEqual({ kind: 'complete.v1' })
    expect(rest.items.slice(0, -1)).toEqual(expect.arrayContaining([
      { kind: 'person-deleted.v1', personRef: refs[0] }, { kind: 'person.v1', personRef: refs[2], displayName: '李小明' },
      { kind: 'person.v1', personRef: refs[3], displayName: '李小明' }, { kind: 'person.v1', personRef: added, displayName: '李小明' },
    ]))
    expect(await page(rest.cursor)).toMatchObject({ items: [], complete: true })
  })

  it('whole again from a cursor that this feed never gave out, as after a restore from a backup', async () => {
    await register.person('jh')
    const { cursor } = await page(0)
    expect(kinds(await page(cursor + 5))).toEqual(['reset.v1', 'person.v1', 'complete.v1'])
    expect(kinds(await page(999_999_999_999_999))).toEqual(['reset.v1', 'person.v1', 'complete.v1'])
  })

  it.each(['-1', '1.5', 'x', '9007199254740993'])('refuses the cursor %s', async (cursor) => {
    expect((await gateway.calls.roster(cursor as never)).status).toBe(400)
  })

  it.each([0, 2, 501])('refuses pages of %d', async (limit) => {
    expect((await gateway.calls.roster(0, limit)).status).toBe(400)
  })

  it('after a long silence what ended comes before what began, pages ahead of its turn', async () => {
    await register.gate('jh', 'g-1')
    const { cursor } = await page(0)
    for (let index = 0; index < 9; index += 1) await register.person('jh')
    await remove('/api/estates/jh/gates/g-1')
    const first = await page(cursor, 6)
    expect([kinds(first)[0], first.complete]).toEqual(['gate-deleted.v1', false])
    const rest = await all(first.cursor, 6)
    expect([...first.items, ...rest.items].filter((item) => item.kind === 'person.v1')).toHaveLength(9)
    expect(await page(rest.cursor)).toEqual({ items: [], cursor: rest.cursor, complete: true })
  })
})
