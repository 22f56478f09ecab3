import { expect } from 'vitest'
import { addDays, civilDateOf } from '../../../server/household/civil-date-rules.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { type Answer, PASSWORD, type TestServer, startTestServer } from '../support/test-server.js'

export interface MoveEffects {
  householdIds: string[]
  leases: Array<{ leaseId: string; householdId: string; leaseNo: string; unitLabel: string; fromDate: string; untilDate: string; what: string }>
  people: Array<{ personRef: string; displayName: string; what: string; lastDate: string | null; consents: number }>
  passes: Array<{ personRef: string; displayName: string; what: string; gates: Array<{ gateId: string; name: string }>; validFromMs: number; validUntilMs: number }>
}

export interface HouseholdRig {
  readonly server: TestServer
  readonly register: Register
  today(): string
  day(offset: number): string
  post(url: string, body: unknown): Promise<Answer>
  /** The answer's body; fails where it is no success. */
  done<T = MoveEffects>(url: string, body: unknown): Promise<T>
  get<T>(url: string): Promise<T>
  /** `1栋 101`, `1栋 102`, `2栋 101`, `2栋 102` of estate jh. */
  readonly units: readonly string[]
  readonly buildings: readonly string[]
  moveIn(unit: number, change?: object, preview?: boolean): Promise<MoveEffects>
  /** Lets time pass until then; the administrator logs in anew. */
  advanceTo(ms: number): Promise<void>
}

export const adult = (displayName: string, role = 'spouse') => ({ role, displayName, birthDate: '1980-01-02' })
let numbers = 0
export const fresh = (): string => `C-${(numbers += 1)}`

/** Estate jh: two buildings of two units; gate `all` for everybody, `b1` and `b2` for a building each. */
export async function startHouseholdRig(): Promise<HouseholdRig> {
  const server = await startTestServer()
  const register = registerOf(server)
  let cookie = await register.admin()
  const post = (url: string, body: unknown): Promise<Answer> => server.call('POST', url, { as: cookie, body })
  const done = async <T>(url: string, body: unknown): Promise<T> => {
    const answer = await post(url, body)
    expect([200, 201], JSON.stringify(answer.body)).toContain(answer.status)
    return answer.body as T
  }
  const get = async <T>(url: string): Promise<T> => {
    const answer = await server.call('GET', url, { as: cookie })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return answer.body as T
  }
  const buildings: string[] = []
  const units: string[] = []
  for (const name of ['1栋', '2栋']) {
    const { buildingId } = await done<{ buildingId: string }>('/api/buildings', { estateId: 'jh', name, floors: 6 })
    buildings.push(buildingId)
    for (const roomNo of ['101', '102']) {
      const unit = { estateId: 'jh', buildingId, floor: 1, roomNo, areaCentiM2: 4_512, layout: '一房一厅', hasElevator: false }
      units.push((await done<{ unitId: string }>('/api/units', unit)).unitId)
    }
  }
  for (const [index, gateId] of ['all', 'b1', 'b2'].entries()) await register.gate('jh', gateId, gateBody(index + 1))
  for (const [index, buildingId] of buildings.entries()) {
    const answer = await server.call('PUT', `/api/estates/jh/gates/b${index + 1}/buildings`, { as: cookie, body: { buildingIds: [buildingId] } })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  }
  const today = (): string => civilDateOf(server.clock.wallMs())
  const day = (offset: number): string => addDays(today(), offset)
  return {
    server, register, today, day, post, done, get, units, buildings,
    moveIn: (unit, change = {}, preview = false) => done(`/api/households${preview ? '?preview=true' : ''}`, {
      estateId: 'jh', unitId: units[unit], leaseNo: fresh(), fromDate: day(0), untilDate: day(364), members: [adult('陈大文', 'head'), adult('李小红')], ...change,
    }),
    async advanceTo(ms) {
      server.clock.advance(ms - server.clock.wallMs())
      const answer = await server.call('POST', '/api/auth/login', { body: { loginName: 'user-0', password: PASSWORD } })
      cookie = String(answer.headers['set-cookie']).split(';', 1)[0] as string
    },
  }
}
