import { expect, it, onTestFinished } from 'vitest'
import { gateBody, registerOf } from '../../support/register.js'
import { startTestServer } from '../../support/test-server.js'
import { type Cell, XLSX, workbookOf } from './workbooks.js'

const HOUSEHOLDS = 5_000
const PEOPLE = 3
/** On an idle machine with two cores about a tenth of it. */
const CONFIRM_MS_MAX = 120_000

it('5 000 households with 15 000 people are taken in within one transaction, in seconds', async () => {
  const server = await startTestServer()
  onTestFinished(() => server.close())
  const register = registerOf(server)
  await register.gate('jh', 'g-1', gateBody(1))
  await register.gate('jh', 'g-2', gateBody(2))
  const all = Array.from({ length: HOUSEHOLDS }, (_, at) => ({ building: `${1 + Math.floor(at / 250)}栋`, roomNo: String(101 + (at % 250)), no: `H-${at}` }))
  const file = await workbookOf({
    楼栋: [...new Set(all.map((each) => each.building))].map((building): Cell[] => ['jh', building, 30]),
    房源: all.map(({ building, roomNo }): Cell[] => ['jh', building, roomNo, 1, 45.5, '一房一厅', '有']),
    租约: all.map(({ building, roomNo, no }): Cell[] => ['jh', building, roomNo, no, `C-${no}`, '2025-01-01', '2028-12-31']),
    人员: all.flatMap(({ no }) => Array.from({ length: PEOPLE }, (_, at): Cell[] => ['jh', no, `住户${no}-${at}`, at === 0 ? '户主' : '其他', '1980-01-01', null, null, null])),
  })
  const send = async (url: string) => {
    const startedMs = performance.now()
    const answer = await server.app.inject({
      method: 'POST', url, payload: file, headers: { 'x-requested-with': 'smart-estates', 'content-type': XLSX, cookie: await register.admin() },
    })
    expect(answer.statusCode, answer.body.slice(0, 300)).toBe(200)
    return { body: answer.json<Record<string, unknown>>(), ms: Math.round(performance.now() - startedMs) }
  }
  const preview = await send('/api/household-import/preview')
  const confirm = await send(`/api/household-import?digest=${String(preview.body['digest'])}`)
  const again = await send('/api/household-import/preview')
  console.log(`import of ${HOUSEHOLDS} households, ${HOUSEHOLDS * PEOPLE} people, ${file.length} bytes: preview ${preview.ms} ms, confirm ${confirm.ms} ms, again ${again.ms} ms`)
  expect(confirm.body).toMatchObject({ permits: HOUSEHOLDS * PEOPLE, repeated: false })
  expect(again.body).toMatchObject({ errorCount: 0, rowCount: 0 })
  expect(await server.db.read.permitGate.count()).toBe(HOUSEHOLDS * PEOPLE * 2)
  expect((await register.feed('jh')).length).toBe(2 + HOUSEHOLDS * PEOPLE * 2)
  expect(confirm.ms).toBeLessThan(CONFIRM_MS_MAX)
  // A gate more: everybody's permit follows in the gate's own transaction.
  const startedMs = performance.now()
  await register.gate('jh', 'g-3', gateBody(3))
  console.log(`a gate more for ${HOUSEHOLDS * PEOPLE} permits: ${Math.round(performance.now() - startedMs)} ms`)
  expect(await server.db.read.permitGate.count()).toBe(HOUSEHOLDS * PEOPLE * 3)
}, 400_000)
