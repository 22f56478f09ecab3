import { expect } from 'vitest'
import type { TestServer } from './test-server.js'

let made = 0
const fresh = (): string => `N-${(made += 1)}`

/** Buildings, units and households, made through the API. */
export function householdRegisterOf(server: TestServer) {
  const make = async (url: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await server.call('POST', url, { as: await server.as('admin@*'), body })
    expect([200, 201], JSON.stringify(answer.body)).toContain(answer.status)
    return answer.body as Record<string, unknown>
  }
  const building = async (estateId: string): Promise<string> => (await make('/api/buildings', { estateId, name: fresh(), floors: 6 }))['buildingId'] as string
  const unit = async (estateId: string): Promise<string> => (await make('/api/units', {
    estateId, buildingId: await building(estateId), floor: 1, roomNo: '101', areaCentiM2: 4_512, layout: '一房一厅', hasElevator: false,
  }))['unitId'] as string
  const household = async (estateId: string): Promise<{ householdId: string; personRef: string }> => {
    const effects = await make('/api/households', {
      estateId, unitId: await unit(estateId), leaseNo: fresh(), fromDate: '2026-01-01', untilDate: '2029-12-31', members: [
        { role: 'head', displayName: '陈大文', birthDate: '1980-05-01' }, { role: 'spouse', displayName: '李小红', birthDate: '1981-05-01' },
      ],
    })
    const people = effects['people'] as Array<{ personRef: string }>
    return { householdId: (effects['householdIds'] as string[])[0] as string, personRef: people[1]?.personRef as string }
  }
  return { building, unit, household, fresh }
}
