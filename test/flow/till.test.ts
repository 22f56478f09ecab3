import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_FAULTS } from '../../firmware-sim/faults.js'
import { type SimulatedTill, createTill } from '../../firmware-sim/till/till.js'
import { createTillMemory } from '../../firmware-sim/till/till-memory.js'
import type { BillListV1 } from '../../gateway/contract/till-messages.js'
import { systemClock } from '../../gateway/kernel/clock.js'
import { createIdSource } from '../../gateway/kernel/ids.js'
import { silentLogger } from '../../gateway/kernel/log.js'
import { seededRandom, systemRandom } from '../../gateway/kernel/random.js'
import { POLICY } from '../server/billing/billing-samples.js'
import { eventually } from './support/child.js'
import { ESTATE } from './support/estate-under-test.js'
import { type RunningSystem, startSystem } from './support/running-system.js'

const PASSWORD = 'correct-horse-battery-7'
const ASK_AGAIN_MS = 6_000
const STANDARD = { buildingId: null, tier: 'market', basis: 'area', priceFen: 1_000, overPriceFen: null, fromDate: '2020-01-01', untilDate: null, approvalNo: '示例-1', example: true }
const ids = createIdSource({ clock: systemClock, random: systemRandom })

type Call = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) => Promise<T>
/** Someone of the finance office, over HTTP. */
async function officer({ server }: RunningSystem, role: string): Promise<Call> {
  await server.api('POST', '/api/users', { loginName: role, displayName: role, password: PASSWORD, grants: [{ role, estateId: '*' }] })
  const send = (cookie: string, method: string, path: string, body?: unknown): Promise<Response> => fetch(`http://127.0.0.1:${server.httpPort()}${path}`, {
    method, headers: { cookie, 'x-requested-with': 'smart-estates', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const login = await send('', 'POST', '/api/auth/login', { loginName: role, password: PASSWORD })
  const cookie = (login.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  return async <T>(method: string, path: string, body?: unknown) => {
    const answer = await send(cookie, method, path, body)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return (text === '' ? {} : JSON.parse(text)) as T
  }
}

/** Real server, real gateway, a till over MQTT; the line between, and the processes, die between any two steps. */
describe('payments at an estate whose line and machines fail', () => {
  let system: RunningSystem
  let till: SimulatedTill
  let maker: Call
  const lists: BillListV1[] = []

  const household = async (): Promise<void> => {
    const { buildingId } = await system.server.api<{ buildingId: string }>('POST', '/api/buildings', { estateId: ESTATE, name: '1栋', floors: 6 })
    const unit = { estateId: ESTATE, buildingId, floor: 1, roomNo: '101', areaCentiM2: 4_512, layout: '一房一厅', hasElevator: false }
    const { unitId } = await system.server.api<{ unitId: string }>('POST', '/api/units', unit)
    await system.server.api('POST', '/api/households', {
      estateId: ESTATE, unitId, leaseNo: 'L-1', fromDate: '2026-01-01', untilDate: '2029-12-31', members: [{ role: 'head', displayName: '示例住户甲', birthDate: '1980-05-17' }],
    })
    const checker = await officer(system, 'finance-checker')
    await maker('PUT', `/api/estates/${ESTATE}/billing-policies/2020-01-01`, POLICY)
    await maker('POST', '/api/rent-standards', { ...STANDARD, estateId: ESTATE })
    for (const period of ['2026-03', '2026-04']) {
      const { runId } = await maker<{ runId: string }>('POST', '/api/billing-runs', { estateId: ESTATE, period })
      await checker('POST', `/api/billing-runs/${runId}/issue`, {})
    }
  }
  const openTill = async (): Promise<void> => {
    const folder = await system.estate.issueDevice('till', 'till-1')
    const pem = (name: string): string => readFileSync(join(folder, name), 'utf8')
    till = createTill({
      world: { clock: systemClock, ids, random: seededRandom(1), log: silentLogger }, memory: createTillMemory(join(folder, 'memory')), events: { listed: (list) => void lists.push(list) },
      settings: {
        address: { estateId: ESTATE, deviceKind: 'till', deviceId: 'till-1' }, heartbeatMs: 1_000, faults: { ...NO_FAULTS, duplicate: 0.3 }, households: [], customerSeconds: 0,
        access: { url: `mqtts://127.0.0.1:${system.estate.mqttPort()}`, ca: pem('ca.pem'), cert: pem('cert.pem'), key: pem('key.pem') },
      },
    })
    till.start()
  }
  /** A person who gets no answer types the number again after a while: a till that floods is told to slow down. */
  const ask = async (householdNo = 'L-1'): Promise<BillListV1> => {
    const before = lists.length
    for (let tries = 0; tries < 20; tries += 1) {
      till.ask(householdNo)
      const answered = await eventually('a list of bills', () => (lists.length > before ? true : undefined), ASK_AGAIN_MS).catch(() => false)
      if (answered) return lists.at(-1) as BillListV1
    }
    throw new Error('the till got no list of bills')
  }
  const printed = (count: number) => eventually(`${count} receipts`, () => (till.report().printed >= count ? true : undefined))

  beforeAll(async () => {
    system = await startSystem('till')
    maker = await officer(system, 'finance-maker')
    await household()
    await openTill()
  }, 180_000)
  afterAll(async () => {
    await till?.stop()
    await system?.stop()
  })

  it('loses no yuan and takes none twice, and both ends count the same', async () => {
    const online = await ask()
    expect(online).toMatchObject({ outcome: 'found', bills: [{ openFen: 45_120 }, { openFen: 45_120 }], channels: [] })
    const [first, second] = online.bills
    system.uplink.cut()
    till.take({ householdNo: 'L-1', billId: first?.billId ?? null, fen: 45_120, pos: null })
    await printed(1)
    await system.estate.kill()
    till.take({ householdNo: 'L-1', billId: null, fen: 50_000, pos: { merchantId: '898440312345678', terminalId: '1', reference: '012345678901' } })
    await system.estate.start({ mqttPort: system.estate.mqttPort() })
    await printed(2)
    const offline = await ask()
    expect([offline.outcome, offline.bills, offline.channels]).toEqual(['found', [], []])
    till.take({ householdNo: 'L-9', billId: null, fen: 100, pos: null })
    till.reboot()
    await printed(3)
    // The bill that is paid a second time: nobody here could know.
    till.take({ householdNo: 'L-1', billId: second?.billId ?? null, fen: 7, pos: null })
    await printed(4)
    const counted = await system.estate.command('takings', '--close', '--json')
    expect(JSON.parse(counted.stdout)).toMatchObject({ takings: { ways: [{ way: 'cash', count: 3, fen: 45_227 }, { way: 'pos', count: 1, fen: 50_000 }], tills: [{ first: 1, last: 4, count: 4 }] } })
    await system.server.kill()
    system.uplink.restore()
    await system.server.start()
    system.uplink.redirect(system.server.httpsPort())

    const { bizDate } = JSON.parse(counted.stdout) as { bizDate: string }
    const [day] = await eventually('the day at the server', async () => {
      const { days } = await maker<{ days: Array<Record<string, unknown>> }>('GET', `/api/estate-closes?estateId=${ESTATE}&fromDate=${bizDate}&untilDate=${bizDate}`)
      return days[0]?.['countedAtMs'] === undefined || days[0]['countedAtMs'] === null ? undefined : days
    })
    const sums = [{ way: 'cash', count: 3, fen: 45_227 }, { way: 'pos', count: 1, fen: 50_000 }]
    expect(day).toMatchObject({ equal: true, differences: [], gateway: sums, server: sums })
    const { items } = await maker<{ items: Array<Record<string, unknown>> }>('GET', '/api/estate-payments')
    expect(items.map(({ number, way, fen, state, prepaidFen }) => [number, way, fen, state, prepaidFen]).sort()).toEqual([
      [1, 'cash', 45_120, 'posted', 0], [2, 'pos', 50_000, 'posted', 4_880], [3, 'cash', 100, 'suspended', 0], [4, 'cash', 7, 'posted', 7],
    ])
    expect(till.report().receipts.map(({ number }) => number)).toEqual([1, 2, 3, 4])
    expect(await ask()).toMatchObject({ outcome: 'found', bills: [] })
  }, 120_000)
})
