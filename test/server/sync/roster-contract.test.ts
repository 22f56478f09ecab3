import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { schemaError } from '#contract/codec.js'
import { type RosterResponseV1, RosterResponseV1 as RosterSchema } from '#contract/sync-api.js'
import type { GateRules } from '#contract/sync-roster.js'
import { NO_GATE_RULES } from '#contract/upgrade.js'
import { type Register, YEAR_MS, gateBody, registerOf } from '../support/register.js'
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

async function page(cursor: number, contract?: number): Promise<RosterResponseV1> {
  const { status, body } = await gateway.calls.roster(cursor, undefined, contract)
  expect([status, schemaError(RosterSchema, body)]).toEqual([200, undefined])
  return body as RosterResponseV1
}
const items = async (contract?: number): Promise<RosterResponseV1['items']> => (await page(0, contract)).items.slice(1, -1)
const OFFICE = { name: '工作时间', weekly: [{ days: ['mon', 'tue'], from: '08:00', until: '18:00' }], onHolidays: [] }
const put = async (path: string, body: object): Promise<void> => {
  const answer = await server.call('PUT', path, { as: await register.admin(), body })
  expect([200, 204], JSON.stringify(answer.body)).toContain(answer.status)
}
const issue = async (change: object): Promise<string> => {
  const personRef = await register.person('jh')
  const body = { personRef, gateIds: ['g-1'], validFromMs: 0, validUntilMs: server.clock.wallMs() + YEAR_MS, ...change }
  return ((await server.call('POST', '/api/permits', { as: await register.admin(), body })).body as { permitId: string }).permitId
}
const firstGate = { kind: 'gate.v1', gateId: 'g-1', name: 'Gate 1', cameraIds: ['cam-1'], controllerId: 'c-1', doorNo: 1, releaseMs: 3_000, faceFreeWays: ['card', 'guard'] }

describe('a gateway of the first contract', () => {
  it('is told of gates and permits in its own words, and of nothing that came later', async () => {
    await put('/api/estates/jh/schedules/office', OFFICE)
    await put('/api/holidays/2026', { source: 'x', days: [{ date: '2026-10-01', name: '国庆节', treatAs: 'holiday' }] })
    await register.gate('jh', 'g-1', { ...gateBody(1, ['cam-1']), zoneId: 'north', devices: [{ deviceId: 'cam-1', direction: 'in' }, { deviceId: 'cam-2', direction: 'out' }] })
    const permitId = await issue({ role: 'household' })
    const told = await items()
    expect(told.filter((item) => item.kind !== 'person.v1')).toEqual([
      firstGate, { kind: 'permit.v1', permitId, personRef: expect.any(String) as string, gateIds: ['g-1'], validFromMs: 0, validUntilMs: expect.any(Number) as number },
    ])
    expect((await items(2)).map((item) => item.kind).sort()).toEqual(['gate.v2', 'holiday.v1', 'permit.v2', 'person.v1', 'schedule.v1'])
  })

  it('is told that a permit ended when it gets times, which it could not keep', async () => {
    await put('/api/estates/jh/schedules/office', OFFICE)
    await register.gate('jh', 'g-1', gateBody(1, ['cam-1']))
    const permitId = await issue({ scheduleId: 'office' })
    expect(await items()).toContainEqual({ kind: 'permit-deleted.v1', permitId })
    expect(JSON.stringify(await items())).not.toContain('permit.v1')
    expect(await items(2)).toContainEqual(expect.objectContaining({ kind: 'permit.v2', permitId, scheduleId: 'office' }))
  })

  const AREA = { areaId: 'yard' }
  it.each<[string, Partial<GateRules>, boolean]>([
    ['no rules', {}, true], ['an area alone', AREA, true], ['remarks about anti-passback', { ...AREA, antiPassback: 'soft' }, true], ['times at which it is kept open', { openScheduleId: 'office' }, true],
    ['hard anti-passback', { ...AREA, antiPassback: 'hard' }, false], ['timed anti-passback', { ...AREA, antiPassback: 'timed' }, false],
    ['a limit of occupancy', { ...AREA, occupancyMax: 5 }, false], ['an interlock', { interlockGroup: 'lock-1' }, false], ['times at which it is kept locked', { lockedScheduleId: 'office' }, false],
  ])('with %s a gate is told: %#', async (_name, rules, told) => {
    await put('/api/estates/jh/schedules/office', OFFICE)
    const { cursor } = await page(0)
    const devices = [{ deviceId: 'cam-1', direction: 'in' }, { deviceId: 'cam-2', direction: 'out' }]
    await register.gate('jh', 'g-1', { ...gateBody(1), devices, rules: { ...NO_GATE_RULES, ...rules } })
    expect((await page(cursor)).items).toEqual([told ? firstGate : { kind: 'gate-deleted.v1', gateId: 'g-1' }])
    expect((await items(2)).at(-1)).toEqual({ kind: 'gate.v2', gateId: 'g-1', ...gateBody(1), devices, rules: { ...NO_GATE_RULES, ...rules } })
  })

  it('gets everything anew once it is updated, and again where it is set back', async () => {
    await register.gate('jh', 'g-1', gateBody(1, ['cam-1']))
    const kinds = (response: RosterResponseV1): string[] => response.items.map((item) => item.kind)
    const before = await page(0)
    expect(await page(before.cursor)).toMatchObject({ items: [], complete: true })
    const updated = await page(before.cursor, 2)
    expect(kinds(updated)).toEqual(['reset.v1', 'gate.v2', 'complete.v1'])
    expect(await page(updated.cursor, 2)).toMatchObject({ items: [], complete: true })
    expect(await page(updated.cursor, 9)).toMatchObject({ items: [], complete: true })
    expect(kinds(await page(updated.cursor))).toEqual(['reset.v1', 'gate.v1', 'complete.v1'])
  })
})

describe('a feed that an earlier server wrote', () => {
  it('reads as the newest would have it', async () => {
    await register.gate('jh', 'g-1', gateBody(1, ['cam-1']))
    const [row] = await server.db.read.rosterChange.findMany({ where: { estateId: 'jh' } })
    await server.db.transact((tx) => tx.rosterChange.updateMany({ where: { estateId: 'jh', cursor: row?.cursor ?? 0 }, data: { item: JSON.stringify(firstGate) } }))
    expect(await items(2)).toEqual([{ kind: 'gate.v2', gateId: 'g-1', ...gateBody(1, ['cam-1']) }])
    expect(await items()).toEqual([firstGate])
  })
})
