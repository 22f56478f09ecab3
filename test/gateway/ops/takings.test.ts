import { fastify } from 'fastify'
import { expect, it } from 'vitest'
import { silentLogger } from '../../../gateway/kernel/log.js'
import { type Result, ok } from '../../../gateway/kernel/result.js'
import { takings } from '../../../gateway/cli-takings.js'
import { TAKINGS_PATHS, addTakingsRoutes } from '../../../gateway/ops/takings-control.js'
import type { DayAtDesk } from '../../../gateway/payment/estate-close.js'

const DAY: DayAtDesk = { bizDate: '2026-03-10', takings: { ways: [{ way: 'cash', count: 2, fen: 10_005 }], tills: [{ deviceId: 'till-1', first: 3, last: 4, count: 2 }] }, closed: null }

it('the command line shows what came in at the tills, and has it counted where it is told to', async () => {
  const calls: string[] = []
  const app = fastify()
  addTakingsRoutes(app, () => ({
    today: async () => (calls.push('today'), DAY), count: async () => (calls.push('count'), { ...DAY, closed: DAY.takings }),
  }), silentLogger)
  const asked = async (method: 'GET' | 'POST', url: string): Promise<Result<DayAtDesk, never>> => ok((await app.inject({ method, url })).json<DayAtDesk>())
  const client = { takings: () => asked('GET', TAKINGS_PATHS.today), countTakings: () => asked('POST', TAKINGS_PATHS.count) }
  expect((await takings(client, {})).text).toBe('2026-03-10\ncash  2  100.05\ntill-1  numbers 3 to 4, 2 in all')
  expect(await takings(client, { close: true })).toMatchObject({ json: { closed: DAY.takings }, text: expect.stringMatching(/^2026-03-10 {2}counted\n/) as unknown })
  expect(calls).toEqual(['today', 'count'])
})
