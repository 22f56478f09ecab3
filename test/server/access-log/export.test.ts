import { buffer } from 'node:stream/consumers'
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createExportService } from '../../../server/access-log/export-service.js'
import { createRunChange } from '../../../server/audit/change.js'
import { START_WALL_MS } from '../../support/virtual-clock.js'
import { type Register, gateBody, registerOf } from '../support/register.js'
import { systemIds } from '../support/temp-database.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { passage, passageIdOf, refusal } from '../sync/record-samples.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
let resident: string
beforeAll(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
  const other = await claimedGateway(server, 'xh', register)
  await register.gate('jh', 'gate-1', { ...gateBody(), name: '=南门' })
  resident = await register.person('jh', '1980-05-01', '欧阳小明')
  server.clock.advance(1_000)
  await gateway.report(
    passage(1, { personRef: resident, waitMs: 1_500, attempts: 2 }), refusal(2, 'not-live'), passage(3, { personRef: resident, way: 'card', remarks: ['late-report', 'clock-suspect'] }),
  )
  await other.report(passage(4), passage(5))
})
afterAll(() => server.close())

type Grant = 'guard@jh' | 'estate-manager@jh' | 'auditor@*' | 'admin@*' | 'guard@*'
async function ask(grants: Grant[], body: object): Promise<{ answer: Answer; bytes: Buffer }> {
  const answer = await server.app.inject({
    method: 'POST', url: '/api/access-log/export', headers: { 'x-requested-with': 'smart-estates', cookie: await server.as(...grants) }, payload: body,
  })
  return { answer: { status: answer.statusCode, body: String(answer.headers['content-type']).startsWith('application/json') ? answer.json() : '', headers: answer.headers }, bytes: answer.rawPayload }
}
async function sheets(bytes: Buffer): Promise<{ rows: unknown[][]; about: unknown[][] }> {
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(bytes as never)
  const [rows, about] = book.worksheets.map((sheet) => sheet.getSheetValues().slice(1).map((row) => (row as unknown[]).slice(1)))
  return { rows: rows as unknown[][], about: about as unknown[][] }
}
const column = (rows: unknown[][], header: string): unknown[] => rows.slice(1).map((row) => row[(rows[0] as unknown[]).indexOf(header)] ?? '')

describe('an export of passages', () => {
  it('is what the list shows, newest first, in the reader\'s words, with names masked', async () => {
    const { answer, bytes } = await ask(['estate-manager@jh'], { conditions: { estateId: 'jh' } })
    expect([answer.status, answer.headers['content-type'], answer.headers['content-disposition']]).toEqual([
      200, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', expect.stringMatching(/^attachment; filename="passages-[0-9a-f]{8}\.xlsx"$/),
    ])
    const { rows } = await sheets(bytes)
    expect(column(rows, '通行编号')).toEqual([3, 2, 1].map(passageIdOf))
    expect(column(rows, '人员')).toEqual(['欧***', '', '欧***'])
    expect(column(rows, '通行方式')).toEqual(['刷卡', '人脸', '人脸'])
    expect(column(rows, '结果')).toEqual(['放行', '拒绝', '放行'])
    expect(column(rows, '拒绝原因')).toEqual(['', '活体检测未通过', ''])
    expect(column(rows, '备注')).toEqual(['事后补报、时钟可疑', '', ''])
    expect(column(rows, '等待（毫秒）')).toEqual(['', '', 1_500])
    expect(column(rows, '时间')[2]).toEqual(new Date(START_WALL_MS + 1 + 8 * 3_600_000))
    // The name of a gate is somebody's text: a program must not take it for a formula.
    expect(column(rows, '门禁点')[0]).toBe(`'=南门`)
    expect(column(rows, '小区')[0]).toBe('Estate jh')
  })

  it('says in itself and in the audit log which it is, who took it, of what and how many', async () => {
    const before = (await register.audit()).length
    const { bytes } = await ask(['estate-manager@jh'], { conditions: { estateId: 'jh', result: 'granted' }, language: 'en' })
    const { about } = await sheets(bytes)
    const [entry] = (await register.audit()).slice(before)
    expect(entry).toMatchObject({ action: 'access-log.export', after: { estateId: 'jh', result: 'granted', toMs: START_WALL_MS + 3, rows: 2, names: 'masked', reason: null } })
    expect(about).toEqual(expect.arrayContaining([
      ['Export', entry?.subject.slice('export:'.length)], ['Exported by', 'estate-manager@jh'], ['Rows', 2], ['Names', 'masked'], ['Filters', 'result = granted'],
    ]))
  })

  it('has names in clear for a reason only, and only at estates where the reader answers for people', async () => {
    const clear = { conditions: {}, reason: 'incident' }
    expect(column((await sheets((await ask(['estate-manager@jh'], clear)).bytes)).rows, '人员')).toEqual(['欧阳小明', '', '欧阳小明'])
    for (const grants of [['guard@jh'], ['auditor@*']] as const) {
      const { answer } = await ask([...grants], clear)
      expect([answer.status, answer.body]).toEqual([403, expect.objectContaining({ code: 'SV_EXPORT_NAMES' })])
    }
    const neighbour = await register.person('xh', '1980-05-01', '王小五')
    const other = await claimedGateway(server, 'xh', register)
    await other.report(passage(9, { personRef: neighbour }))
    const mixed = await sheets((await ask(['estate-manager@jh', 'guard@*'], { conditions: { personRef: neighbour }, reason: 'inspection' })).bytes)
    expect(column(mixed.rows, '人员')).toEqual(['王**'])
    expect((await register.audit()).at(-1)).toMatchObject({ after: { personRef: neighbour, names: 'clear', reason: 'inspection' } })
  })

  it('keeps to the scope of whoever asks', async () => {
    expect(column((await sheets((await ask(['guard@jh'], { conditions: {} })).bytes)).rows, '通行编号')).toEqual([3, 2, 1].map(passageIdOf))
    expect((await ask(['guard@jh'], { conditions: { estateId: 'xh' } })).answer.status).toBe(404)
  })

  it.each([[{}], [{ conditions: { way: 'stairs' } }], [{ conditions: {}, reason: 'because' }], [{ conditions: {}, names: 'clear' }]])('%j is refused', async (body) => {
    expect((await ask(['admin@*'], body)).answer.status).toBe(400)
  })

  it('goes through all of many, and of too many nothing is written', async () => {
    const exports = createExportService({
      read: server.db.read, change: createRunChange({ db: server.db, clock: server.clock }), clock: server.clock, ids: systemIds, rowsMax: 1_200,
    })
    const many = (from: number, to: number): Promise<unknown> => server.db.transact((tx) => tx.accessEvent.createMany({ data: Array.from({ length: to - from }, (_, n) => ({
      passageId: `0189f000-0000-7000-8000-${(from + n).toString(16).padStart(12, '0')}`, gatewayId: 'g', epoch: 1, seq: BigInt(from + n), estateId: 'jh', gateId: 'gate-9', way: 'face',
      result: 'granted', decision: 'granted', timings: '{}', occurredAtMs: BigInt(START_WALL_MS),
    })) }))
    const caller = { userId: systemIds.uuid(), loginName: 'x', displayName: 'x', grants: [{ role: 'admin' as const, estateId: '*' }] }
    await many(0, 1_200)
    const { stream } = await exports.passages(caller, 'all', { conditions: { gateId: 'gate-9' } })
    const { rows } = await sheets(await buffer(stream))
    const ids = column(rows, '通行编号')
    expect([ids.length, new Set(ids).size, ids]).toEqual([1_200, 1_200, [...ids].sort().reverse()])
    await many(1_200, 1_201)
    const audited = (await register.audit()).length
    await expect(exports.passages(caller, 'all', { conditions: { gateId: 'gate-9' } })).rejects.toMatchObject({ code: 'SV_EXPORT_TOO_LARGE', details: { rowsMax: 1_200 } })
    await expect(exports.passages(caller, 'all', { conditions: { gateId: 'gate-9', toMs: START_WALL_MS - 1 } })).resolves.toBeDefined()
    expect((await register.audit()).length).toBe(audited + 1)
  })

  it('waits where several are written already', async () => {
    const exports = createExportService({ read: server.db.read, change: createRunChange({ db: server.db, clock: server.clock }), clock: server.clock, ids: systemIds })
    const caller = { userId: systemIds.uuid(), loginName: 'x', displayName: 'x', grants: [{ role: 'admin' as const, estateId: '*' }] }
    const ask = () => exports.passages(caller, 'all', { conditions: {} })
    const running = [await ask(), await ask(), await ask(), await ask()]
    await expect(ask()).rejects.toMatchObject({ code: 'SV_EXPORT_BUSY' })
    for (const { stream } of running) stream.destroy()
    await new Promise((resolve) => setImmediate(resolve))
    await expect(ask()).resolves.toBeDefined()
  })
})

describe('figures', () => {
  const day = START_WALL_MS - (START_WALL_MS + 8 * 3_600_000) % 86_400_000
  it('count whole days of the estates asked for, by hour, day, way and reason', async () => {
    const { status, body } = await server.call('GET', `/api/figures/passages?estateId=jh&fromMs=${START_WALL_MS}&toMs=${START_WALL_MS + 1}`, { as: await server.as('bureau-viewer@*') })
    expect([status, body]).toEqual([200, expect.objectContaining({
      fromMs: day, toMs: day + 86_400_000, days: [{ dayStartMs: day, granted: 2, refused: 1 }], reasons: [{ reason: 'not-live', passages: 1 }], warnings: [],
    })])
    const { hours, ways } = body as { hours: Array<{ hour: number; granted: number; refused: number }>; ways: object[] }
    expect([hours.length, hours[8]]).toEqual([24, { hour: 8, granted: 2, refused: 1 }])
    expect(ways).toEqual([
      { way: 'face', granted: 1, failed: 1, refused: 0, failureRate: 0.5, attemptsMean: 2, waits: 1, waitMedianMs: expect.closeTo(1_500, -2) as number, waitP95Ms: expect.any(Number) as number },
      { way: 'card', granted: 1, failed: 0, refused: 0, failureRate: 0, attemptsMean: 1, waits: 0, waitMedianMs: null, waitP95Ms: null },
    ])
  })

  it('are a workbook too, with the same figures', async () => {
    const answer = await server.app.inject({ method: 'GET', url: `/api/figures/passages.xlsx?estateId=jh&fromMs=${START_WALL_MS}&toMs=${START_WALL_MS + 1}`, headers: { cookie: await server.as('guard@jh') } })
    const book = new ExcelJS.Workbook()
    await book.xlsx.load(answer.rawPayload as never)
    expect(book.worksheets.map((sheet) => sheet.name)).toEqual(['按通行方式', '按时段', '按日', '按拒绝原因'])
    expect(book.worksheets[2]?.getSheetValues().slice(2).map((row) => (row as unknown[]).slice(1))).toEqual([['2026-01-05', 2, 1]])
  })

  it.each([[`fromMs=5&toMs=5`], [`fromMs=0&toMs=${94 * 86_400_000}`], ['fromMs=0'], ['fromMs=x&toMs=1']])('%s is refused', async (query) => {
    expect((await server.call('GET', `/api/figures/passages?${query}`, { as: await server.as('guard@jh') })).status).toBe(400)
  })
})
