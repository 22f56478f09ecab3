import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../server/db/client.js'
import { POLICY } from '../server/billing/billing-samples.js'
import { eventually } from './support/child.js'
import { ESTATE, type Resident } from './support/estate-under-test.js'
import { type RunningSystem, startSystem } from './support/running-system.js'

const FACE = 's1-a'
const PASSWORD = 'correct-horse-battery-7'
const MONTHS = ['01', '02', '03', '04', '05', '06', '07', '08', '09'].map((month) => `2026-${month}`)
const STANDARD = { buildingId: null, tier: 'market', basis: 'area', priceFen: 1_000, overPriceFen: null, fromDate: '2020-01-01', untilDate: null, approvalNo: '示例-1', example: true }

/** Someone of the finance office, over HTTP. */
async function officer(system: RunningSystem, role: string): Promise<(method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>> {
  await system.server.api('POST', '/api/users', { loginName: role, displayName: role, password: PASSWORD, grants: [{ role, estateId: '*' }] })
  const send = (cookie: string, method: string, path: string, body?: unknown): Promise<Response> => fetch(`http://127.0.0.1:${system.server.httpPort()}${path}`, {
    method, headers: { cookie, 'x-requested-with': 'smart-estates', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const login = await send('', 'POST', '/api/auth/login', { loginName: role, password: PASSWORD })
  const cookie = (login.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  return async (method, path, body) => {
    const answer = await send(cookie, method, path, body)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
  }
}

/** Real server, gateway, camera, controller, bills: what is owed never reaches a door. */
describe('a household in deep arrears', () => {
  let system: RunningSystem
  let resident: Resident
  const permits = () => system.server.api<{ permits: unknown[] }>('GET', `/api/permits?personRef=${resident.personRef}`)
  /** Somebody of the household is let in, and the door opens, after this moment. */
  const letIn = (afterMs: number) => eventually('a door opened for the resident', async () => {
    const { items } = await system.server.api<{ items: Array<Record<string, unknown>> }>('GET', `/api/access-log?estateId=${ESTATE}&result=granted&personRef=${resident.personRef}`)
    return items.find((item) => item['commandOutcome'] === 'executed' && Number(item['occurredAtMs']) > afterMs)
  })

  beforeAll(async () => {
    system = await startSystem('arrears')
    resident = await system.enrolled('示例住户甲', FACE)
    const { buildingId } = await system.server.api<{ buildingId: string }>('POST', '/api/buildings', { estateId: ESTATE, name: '1栋', floors: 6 })
    const unit = { estateId: ESTATE, buildingId, floor: 1, roomNo: '101', areaCentiM2: 4_512, layout: '一房一厅', hasElevator: false }
    const { unitId } = await system.server.api<{ unitId: string }>('POST', '/api/units', unit)
    await system.server.api('POST', '/api/households', {
      estateId: ESTATE, unitId, leaseNo: 'L-1', fromDate: '2026-01-01', untilDate: '2029-12-31', members: [{ role: 'head', personRef: resident.personRef }],
    })
    await system.devices({ residents: [FACE], strangers: [] })
  }, 180_000)
  afterAll(() => system?.stop())

  it('keeps every pass, and the door opens as before', async () => {
    await letIn(0)
    const before = await permits()
    expect(before.permits.length).toBeGreaterThan(0)
    const [maker, checker] = [await officer(system, 'finance-maker'), await officer(system, 'finance-checker')]
    await maker('PUT', `/api/estates/${ESTATE}/billing-policies/2020-01-01`, POLICY)
    await maker('POST', '/api/rent-standards', { ...STANDARD, estateId: ESTATE })
    for (const period of MONTHS) {
      const { runId } = await maker('POST', '/api/billing-runs', { estateId: ESTATE, period })
      await checker('POST', `/api/billing-runs/${String(runId)}/issue`, {})
    }
    // As if each bill had been issued in its own month: the only thing that a test cannot wait for.
    await system.server.stop()
    const db = await openDatabase(`file:${join(system.dir, 'server/server.db')}`)
    for (const table of ['Bill', 'BillPart']) await db.transact((tx) => tx.$executeRawUnsafe(`UPDATE "${table}" SET "dueDate" = '2026-02-10'`))
    await db.close()
    await system.server.start()
    system.uplink.redirect(system.server.httpsPort())

    expect(await maker('GET', `/api/arrears?estateId=${ESTATE}`)).toMatchObject({ households: 1, cases: 1, items: [{ unpaidMonths: MONTHS.length, step: 'case' }] })
    await letIn(Date.now())
    expect(await permits()).toEqual(before)
  }, 180_000)
})
