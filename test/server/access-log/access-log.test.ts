import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AccessLogItem } from '../../../server/access-log/schemas.js'
import { maskedName } from '../../../server/access-log/name-rules.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { command, outcome, passage, passageIdOf, refusal } from '../sync/record-samples.js'

interface Page {
  readonly items: AccessLogItem[]
  readonly older: string | null
}

let server: TestServer
let register: Register
let gateway: ClaimedGateway
let other: ClaimedGateway
let resident: string
/** Numbers go on over the tests of this file: every passage has its own. */
let number = 0
const next = (): number => (number += 1)

beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
  other = await claimedGateway(server, 'xh', register)
  await register.gate('jh', 'gate-1', { ...gateBody(), name: '南门' })
  resident = await register.person('jh', '1980-05-01', '欧阳小明')
})
afterAll(() => server.close())

async function get<Body>(path: string, as: string): Promise<Body> {
  const { status, body } = await server.call('GET', path, { as })
  expect([status, JSON.stringify(body)]).toEqual([200, expect.anything()])
  return body as Body
}
const list = (query: string, as: string): Promise<Page> => get<Page>(`/api/access-log${query}`, as)
const status = async (path: string, as: string): Promise<number> => (await server.call('GET', path, { as })).status
const numbers = ({ items }: Page): number[] => items.map((item) => item.occurredAtMs - START_WALL_MS)

describe('the access log', () => {
  it('shows a passage as its records say, with gate and person', async () => {
    const n = next()
    await gateway.report(passage(n, { personRef: resident }), command(n), outcome(n))
    const guard = await server.as('guard@jh')
    const item = {
      passageId: passageIdOf(n), estateId: 'jh', gateId: 'gate-1', gateName: '南门', deviceId: 'cam-1', way: 'face', direction: 'in', result: 'granted', reason: null, remarks: [],
      personRef: resident, personName: '欧阳小明', operatorRef: null, operatorName: null, override: null,
      score: 0.7125, margin: 0.41, threshold: 0.45, liveness: 0.98, gallerySize: 3, ageMs: 12.5, waitMs: null, attempts: 1,
      timings: { decode: 3.25, detect: 4, match: 0.5 }, occurredAtMs: START_WALL_MS + n, gatewayId: gateway.gatewayId, epoch: 1,
      seq: gateway.log.lastSeq - 2, permitId: expect.any(String) as string, credentialId: null, visitId: null, commandOutcome: 'executed', commandReason: null, commandLatencyMs: 88.5,
    }
    expect(await list('?limit=1', guard)).toEqual({ items: [item], older: null })
    expect(await get(`/api/access-log/${passageIdOf(n)}`, guard)).toEqual(item)
  })

  it('shows what is not known as null: no person, no outcome, a gate that is not registered by its id', async () => {
    const n = next()
    await other.report({ ...refusal(n, 'no-face'), gateId: 'gate-7', score: null, margin: null, threshold: null, liveness: null })
    expect(await get(`/api/access-log/${passageIdOf(n)}`, await server.as('guard@xh'))).toMatchObject({
      gateName: 'gate-7', result: 'refused', reason: 'no-face', personRef: null, personName: null, score: null, margin: null, threshold: null, liveness: null,
      commandOutcome: null, commandReason: null, commandLatencyMs: null, permitId: null,
    })
  })

  it('says who opened by hand and why: by name whoever has a login here, by number whoever is known at the desk only', async () => {
    const guard = await server.as('guard@jh')
    const { userId } = (await get<{ user: { userId: string } }>('/api/auth/me', guard)).user
    const byHand = { personRef: null, permitId: null, deviceId: null, seenId: null, score: null, margin: null, threshold: null, liveness: null, gallerySize: null, modelId: null, ageMs: null }
    const [remote, desk] = [next(), next()]
    const stranger = '01890000-0000-7000-8000-0000000000aa'
    await gateway.report(
      passage(remote, { ...byHand, way: 'remote', operatorRef: userId, override: 'delivery', remarks: ['clock-suspect'], waitMs: 800, attempts: 2 }),
      passage(desk, { ...byHand, way: 'guard', operatorRef: stranger, override: 'visitor', direction: 'out' }),
    )
    expect(await get(`/api/access-log/${passageIdOf(remote)}`, guard)).toMatchObject({
      way: 'remote', operatorRef: userId, operatorName: 'guard@jh', override: 'delivery', remarks: ['clock-suspect'], deviceId: null, gallerySize: null, ageMs: null, waitMs: 800, attempts: 2,
    })
    expect(await get(`/api/access-log/${passageIdOf(desk)}`, guard)).toMatchObject({ way: 'guard', direction: 'out', operatorRef: stranger, operatorName: null, override: 'visitor' })
  })

  it.each(['?before=x', '?way=stairs', '?before=e30', '?limit=0', '?limit=201', '?estateId=JH', '?result=maybe', '?reason=because', '?fromMs=-1', '?personRef=7', '?page=2'])('refuses %s', async (query) => {
    expect(await status(`/api/access-log${query}`, await server.as('guard@jh'))).toBe(400)
  })
})

describe('who sees what of it', () => {
  let n: number
  let path: string
  beforeAll(async () => {
    n = next()
    path = `/api/access-log/${passageIdOf(n)}`
    await gateway.report(passage(n, { personRef: resident }))
  })

  it.each([
    ['guard@jh', '欧阳小明'], ['estate-manager@jh', '欧阳小明'], ['admin@jh', '欧阳小明'], ['admin@*', '欧阳小明'], ['auditor@jh', '欧***'], ['auditor@*', '欧***'],
  ] as const)('%s: the name is %s', async (grant, name) => {
    const as = await server.as(grant)
    expect((await get<AccessLogItem>(path, as)).personName).toBe(name)
    expect((await list('?limit=1', as)).items[0]).toMatchObject({ personName: name, personRef: resident })
  })

  it('each estate by the role there: a guard of one who audits all sees names of the one', async () => {
    const m = next()
    const neighbour = await register.person('xh', '1980-05-01', '王五')
    await other.report(passage(m, { personRef: neighbour }))
    const as = await server.as('guard@jh', 'auditor@*')
    expect((await get<AccessLogItem>(path, as)).personName).toBe('欧阳小明')
    expect((await get<AccessLogItem>(`/api/access-log/${passageIdOf(m)}`, as)).personName).toBe('王*')
  })

  it.each(['guard@xh', 'estate-manager@xh', 'auditor@xh', 'admin@xh'] as const)('%s sees nothing of jh, whatever is asked for', async (grant) => {
    const as = await server.as(grant)
    expect(await status(path, as)).toBe(404)
    expect(await status('/api/access-log?estateId=jh', as)).toBe(404)
    for (const query of ['', `?personRef=${resident}`, '?gateId=gate-1']) {
      expect((await list(query, as)).items.filter((item) => item.estateId !== 'xh')).toEqual([])
    }
  })

  it.each(['resident@jh', 'cashier@jh', 'finance-maker@jh', 'finance-checker@*', 'treasury-officer@*', 'bureau-viewer@*'] as const)('%s sees none', async (grant) => {
    const as = await server.as(grant)
    expect([await status('/api/access-log', as), await status(path, as)]).toEqual([403, 403])
  })

  it('a person who was removed has no name any more, and the record stays', async () => {
    const leaving = await register.person('jh', '1980-05-01', '走了')
    const m = next()
    await gateway.report(passage(m, { personRef: leaving }))
    await server.call('DELETE', `/api/persons/${leaving}`, { as: await register.admin() })
    expect(await get(`/api/access-log/${passageIdOf(m)}`, await server.as('guard@jh'))).toMatchObject({ personRef: leaving, personName: null })
  })

  it('asking for one person is audited, page by page; reading the list or one passage is not', async () => {
    const as = await server.as('estate-manager@jh')
    const before = (await register.audit()).length
    await list('?estateId=jh&limit=1', as)
    await get(path, as)
    expect((await register.audit()).length).toBe(before)
    const first = await list(`?personRef=${resident}&limit=1`, as)
    await list(`?personRef=${resident}&limit=1&before=${first.older ?? ''}`, as)
    expect((await register.audit()).slice(before)).toEqual([1, 1].map((items) =>
      ({ action: 'access-log.person-history', subject: `person:${resident}`, before: null, after: { items } })))
  })

  it.each([['王', '王*'], ['王小明', '王**'], ['欧阳娜娜娜', '欧***'], ['𠮷野家', '𠮷**'], ['', '*']])('%j is masked as %j', (name, masked) => expect(maskedName(name)).toBe(masked))
})

describe('filters', () => {
  const from = 1_000
  beforeAll(async () => {
    number = from
    await gateway.report(
      passage(from + 1, { personRef: resident }), refusal(from + 2, 'not-live'), refusal(from + 3, 'no-permit'), passage(from + 4, { gateId: 'gate-2' }), passage(from + 5),
    )
    await other.report(passage(from + 6), refusal(from + 7, 'not-live'))
    number = from + 10
  })
  const window = `fromMs=${START_WALL_MS + from}&toMs=${START_WALL_MS + from + 9}`

  it.each([
    ['', [7, 6, 5, 4, 3, 2, 1]],
    ['&estateId=jh', [5, 4, 3, 2, 1]],
    ['&result=refused', [7, 3, 2]],
    ['&reason=not-live', [7, 2]],
    ['&estateId=jh&reason=not-live', [2]],
    ['&gateId=gate-2', [4]],
    ['&estateId=jh&gateId=gate-1', [5, 3, 2, 1]],
    ['&way=face&result=granted', [6, 5, 4, 1]],
    ['&way=card', []],
  ])('%s', async (query, found) => {
    expect(numbers(await list(`?${window}${query}`, await server.as('guard@*')))).toEqual(found.map((n) => from + n))
    expect(numbers(await list(`?${window}${query}`, await server.as('guard@jh', 'guard@xh')))).toEqual(found.map((n) => from + n))
  })

  it('a person, wherever in scope', async () => {
    expect(numbers(await list(`?${window}&personRef=${resident}`, await server.as('guard@*')))).toEqual([from + 1])
    expect(numbers(await list(`?${window}&personRef=${resident}`, await server.as('guard@jh')))).toEqual([from + 1])
  })

  it('times are inclusive at both ends', async () => {
    expect(numbers(await list(`?fromMs=${START_WALL_MS + from + 2}&toMs=${START_WALL_MS + from + 4}`, await server.as('guard@*')))).toEqual([4, 3, 2].map((n) => from + n))
  })
})

describe('paging', () => {
  const AT = START_WALL_MS + 500_000
  beforeEach(async () => {
    await server.db.transact((tx) => tx.accessEvent.deleteMany({ where: { occurredAtMs: { gte: BigInt(AT) } } }))
  })

  /** Reports passages at these times, of either estate in turn. */
  async function reportAt(times: readonly number[]): Promise<string[]> {
    const ids: string[] = []
    for (const [index, time] of times.entries()) {
      const n = 2_000 + next()
      ids.push(passageIdOf(n))
      await (index % 2 === 0 ? gateway : other).report(passage(n, { occurredAtMs: AT + time }))
    }
    return ids
  }

  it('goes through all, each once, though many share a time and new ones arrive between the pages', async () => {
    const times = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 10 })
    await fc.assert(fc.asyncProperty(times, times, fc.integer({ min: 1, max: 4 }), fc.constantFrom('guard@*', 'guard@jh guard@xh'), async (before, during, limit, who) => {
      await server.db.transact((tx) => tx.accessEvent.deleteMany({ where: { occurredAtMs: { gte: BigInt(AT) } } }))
      const as = await server.as(...(who.split(' ') as ['guard@*']))
      const known = await reportAt(before)
      const waiting = [...during]
      const seen: AccessLogItem[] = []
      for (let older: string | null = ''; older !== null;) {
        const page: Page = await list(`?fromMs=${AT}&limit=${limit}${older === '' ? '' : `&before=${older}`}`, as)
        expect(page.items.length).toBeLessThanOrEqual(limit)
        seen.push(...page.items)
        older = page.older
        // New ones slide in anywhere, old times too, as a gateway's backlog does.
        await reportAt(waiting.splice(0, 2))
      }
      expect(new Set(seen.map((item) => item.passageId)).size).toBe(seen.length)
      expect(seen.map((item) => item.passageId)).toEqual(expect.arrayContaining(known))
      const order = seen.map((item) => `${item.occurredAtMs} ${item.passageId}`)
      expect(order).toEqual([...order].sort().reverse())
    }), { numRuns: 12 })
  }, 180_000)

  it('the last page says so', async () => {
    await reportAt([1, 2, 3])
    const as = await server.as('guard@*')
    const first = await list(`?fromMs=${AT}&limit=2`, as)
    expect(first.older).not.toBeNull()
    const second = await list(`?fromMs=${AT}&limit=2&before=${first.older ?? ''}`, as)
    expect([second.items.length, second.older]).toEqual([1, null])
    expect((await list(`?fromMs=${AT}&limit=3`, as)).older).toBeNull()
  })
})
