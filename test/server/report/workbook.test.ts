import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRunChange } from '../../../server/audit/change.js'
import { createBookService } from '../../../server/report/book-service.js'
import { createReportService } from '../../../server/report/report-service.js'
import { createTransitService } from '../../../server/treasury/transit-service.js'
import { billingRegisterOf } from '../support/billing-register.js'
import { householdRegisterOf } from '../support/household-register.js'
import { registerOf } from '../support/register.js'
import { systemIds } from '../support/temp-database.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'

let server: TestServer
let householdId: string
const MONTHS = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06']
const DAY_MS = 86_400_000
const SPAN = { fromMonth: '2026-01', untilMonth: '2026-01' }
beforeAll(async () => {
  server = await startTestServer()
  const register = billingRegisterOf(server)
  const homes = householdRegisterOf(server)
  const admin = await server.as('admin@*')
  const { buildingId } = await register.make(admin, '/api/buildings', { estateId: 'jh', name: '1栋', floors: 6 })
  const { unitId } = await register.make(admin, '/api/units', { estateId: 'jh', buildingId, floor: 1, roomNo: '101', areaCentiM2: 4_512, layout: '一房一厅', hasElevator: false })
  const { householdIds } = await register.make(admin, '/api/households', {
    estateId: 'jh', unitId, leaseNo: homes.fresh(), fromDate: '2026-01-01', untilDate: '2029-12-31', members: [{ role: 'head', displayName: '陈大文', birthDate: '1980-05-01', phone: '13800132201' }],
  })
  householdId = (householdIds as string[])[0] as string
  await register.household('jh')
  await register.terms('jh')
  for (const month of MONTHS) await register.issue((await register.preview('jh', month))['runId'])
  // The register refuses such a name; an old database may have one.
  await server.db.transact((tx) => tx.bill.updateMany({ where: { householdId }, data: { unitLabel: '=1+1 101' } }))
  server.clock.jumpWall(220 * DAY_MS)
})
afterAll(() => server.close())

async function post(as: string, url: string, body: object): Promise<{ answer: Answer; bytes: Buffer }> {
  const answer = await server.app.inject({ method: 'POST', url, headers: { 'x-requested-with': 'smart-estates', cookie: as }, payload: body })
  return { answer: { status: answer.statusCode, body: String(answer.headers['content-type']).startsWith('application/json') ? answer.json() : '', headers: answer.headers }, bytes: answer.rawPayload }
}
interface OpenedSheet {
  /** The header's row first. */
  readonly rows: unknown[][]
  readonly about: unknown[][]
  readonly sheet: ExcelJS.Worksheet
}
async function open(bytes: Buffer): Promise<OpenedSheet> {
  const book = new ExcelJS.Workbook()
  await book.xlsx.load(bytes as never)
  const values = (sheet: ExcelJS.Worksheet | undefined): unknown[][] => (sheet?.getSheetValues() ?? []).slice(1).map((row) => [...((row ?? []) as unknown[])].slice(1))
  return { rows: values(book.worksheets[0]), about: values(book.worksheets[1]), sheet: book.worksheets[0] as ExcelJS.Worksheet }
}
interface Screen {
  readonly columns: Array<{ key: string; unit: string }>
  readonly rows: Array<{ cells: unknown[] }>
  readonly totals: unknown[]
}
const screen = async (report: string, query: Record<string, string>): Promise<Screen> =>
  (await server.call('GET', `/api/reports/${report}?${new URLSearchParams(query).toString()}`, { as: await server.as('auditor@*') })).body as Screen

describe('a workbook of a report', () => {
  it.each([
    ['rent', { ...SPAN, estateId: 'jh', by: 'estate,building,tier,month' }], ['ageing', { estateId: 'jh' }], ['arrears', { estateId: 'jh', minMonths: '2' }], ['hand-over', SPAN], ['channels', SPAN], ['transit', {}],
  ])('%s has the rows and the sums of the screen, as numbers of yuan', async (report, query: Record<string, string>) => {
    const shown = await screen(report, query)
    const { by, minMonths, ...rest } = query
    const filter = { ...rest, ...(by === undefined ? {} : { by: by.split(',') }), ...(minMonths === undefined ? {} : { minMonths: Number(minMonths) }) }
    const { answer, bytes } = await post(await server.as('auditor@*'), `/api/reports/${report}/workbook`, { filter })
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'])
    const { rows } = await open(bytes)
    const money = shown.columns.flatMap(({ unit }, at) => (unit === 'fen' ? [at] : []))
    expect(money.length).toBeGreaterThan(0)
    const [body, total] = [rows.slice(1, 1 + shown.rows.length), rows[1 + shown.rows.length] ?? []]
    expect(total[0]).toBe('合计')
    for (const at of money) {
      expect(body.map((row) => Math.round(Number(row[at]) * 100))).toEqual(shown.rows.map((row) => row.cells[at]))
      expect([at, total[at] === undefined ? null : Math.round(Number(total[at]) * 100)]).toEqual([at, shown.totals[at]])
    }
    if (report === 'rent' || report === 'ageing' || report === 'arrears') expect(money.some((at) => Number(shown.totals[at]) > 0)).toBe(true)
  })

  it('has real dates and amounts, formulas of nobody, and says what it is', async () => {
    const { bytes } = await post(await server.as('finance-maker@jh'), '/api/reports/arrears/workbook', { filter: { estateId: 'jh', minMonths: 6 } })
    const { rows, about, sheet } = await open(bytes)
    const column = (name: string): number => (rows[0] ?? []).indexOf(name)
    expect(rows[1]?.[column('最早应缴日')]).toEqual(new Date('2026-01-10T00:00:00Z'))
    expect(sheet.getColumn(column('欠缴') + 1).numFmt).toBe('#,##0.00')
    // Somebody named a building like a formula.
    expect(rows.map((row) => row[column('房号')])).toContain(`'=1+1 101`)
    const entry = (await registerOf(server).audit()).at(-1)
    expect(entry).toMatchObject({ action: 'report.export', after: { report: 'arrears', estateId: 'jh', minMonths: 6, rows: 2, names: 'masked' } })
    const exportId = entry?.subject.slice('export:'.length) ?? ''
    expect(about).toEqual(expect.arrayContaining([['导出编号', exportId], ['导出人', expect.stringContaining('finance-maker@jh')], ['姓名电话', '已脱敏'], ['筛选条件', '小区：Estate jh'], ['筛选条件', '未缴月数至少：6']]))
    // On the sheet itself too, under its rows, and at the foot of every printed page.
    expect(rows.flat().filter((cell) => String(cell).includes(exportId))).toHaveLength(1)
    expect(sheet.headerFooter.oddFooter).toContain(exportId)
  })

  it('masks names and phones', async () => {
    const { bytes } = await post(await server.as('finance-checker@jh'), '/api/reports/card/workbook', { filter: { estateId: 'jh', householdId, ...SPAN } })
    const text = JSON.stringify((await open(bytes)).rows)
    expect([text.includes('陈*'), text.includes('138****2201'), text.includes('陈大文'), text.includes('13800132201')]).toEqual([true, true, false, false])
  })

  it.each([
    ['rent', {}, 'fromMonth'], ['rent', { fromMonth: '2026-02', untilMonth: '2026-01' }, 'untilMonth'], ['rent', { fromMonth: '2020-01', untilMonth: '2026-01' }, 'untilMonth'], ['card', SPAN, 'householdId'],
  ])('%s of %j is refused, naming %s', async (report, filter, field) => {
    const { answer } = await post(await server.as('auditor@*'), `/api/reports/${report}/workbook`, { filter })
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ code: 'SV_HTTP_VALIDATION', details: expect.objectContaining({ field }) as unknown })])
  })

  it('of more rows than can be read is refused, and says how to have less', async () => {
    const { db: { read }, clock } = server
    const reports = createReportService({ read, clock, transit: createTransitService({ read, clock }), rowsMax: 1 })
    const span = { fromMonth: '2026-01', untilMonth: '2026-06' }
    await expect(reports.report('all', 'rent', { ...span, by: ['month'] }, 'masked')).rejects.toMatchObject({ code: 'SV_REPORT_TOO_LARGE', details: { field: 'by' } })
    expect((await reports.report('all', 'rent', { ...span, by: ['estate'] }, 'masked')).rows).toHaveLength(1)
  })

  it('of a household elsewhere is not there', async () => {
    const { answer } = await post(await server.as('finance-maker@xh'), '/api/reports/card/workbook', { filter: { householdId, ...SPAN } })
    expect(answer.status).toBe(404)
  })
})

describe('a workbook with names', () => {
  const ask = async (as: string, reason = '入户走访核实欠缴'): Promise<string> =>
    ((await post(as, '/api/report-exports', { estateId: 'jh', report: 'arrears', filter: { minMonths: 6 }, reason })).answer.body as { exportId: string }).exportId
  const decide = async (as: string, exportId: string, decision = 'approve'): Promise<Answer> => (await post(as, `/api/report-exports/${exportId}/decision`, { decision })).answer
  const take = (as: string, exportId: string): Promise<{ answer: Answer; bytes: Buffer }> => post(as, `/api/report-exports/${exportId}/workbook`, {})
  const refused = (answer: Answer): unknown => [answer.status, (answer.body as { code?: unknown }).code]

  it('is agreed to by another person, taken once by whoever asked, and says why it was', async () => {
    const [asker, other, both] = [await server.as('finance-maker@jh'), await server.as('finance-checker@jh'), await server.as('finance-maker@jh', 'finance-checker@jh')]
    const own = await ask(both)
    expect(refused(await decide(both, own))).toEqual([403, 'SV_REPORT_SELF'])
    const exportId = await ask(asker)
    expect(refused((await take(asker, exportId)).answer)).toEqual([409, 'SV_REPORT_EXPORT'])
    expect((await decide(other, exportId)).status).toBe(200)
    expect(refused(await decide(other, exportId))).toEqual([409, 'SV_REPORT_EXPORT'])
    expect(refused((await take(other, exportId)).answer)).toEqual([403, 'SV_REPORT_SELF'])
    const { answer, bytes } = await take(asker, exportId)
    expect(answer.status).toBe(200)
    const { rows, about, sheet } = await open(bytes)
    expect(JSON.stringify(rows)).toContain('陈大文')
    expect(JSON.stringify(rows)).toContain('13800132201')
    expect(about).toEqual(expect.arrayContaining([['导出编号', exportId], ['用途', '入户走访核实欠缴'], ['姓名电话', '未脱敏，经批准，仅限所述用途']]))
    expect(sheet.headerFooter.oddFooter).toContain('未脱敏')
    expect(refused((await take(asker, exportId)).answer)).toEqual([409, 'SV_REPORT_EXPORT'])
    const trail = (await registerOf(server).audit()).filter((entry) => entry.subject === `export:${exportId}`)
    expect(trail.map((entry) => entry.action)).toEqual(['report.names-request', 'report.names-decide', 'report.export'])
    expect(trail.at(-1)).toMatchObject({ after: { names: 'clear', state: 'taken' } })
  })

  it('wants a reason, and only of reports that name people', async () => {
    const as = await server.as('finance-maker@jh')
    for (const body of [{ estateId: 'jh', report: 'arrears', filter: {}, reason: 'x' }, { estateId: 'jh', report: 'rent', filter: SPAN, reason: '入户走访核实' }]) {
      expect((await post(as, '/api/report-exports', body)).answer.status).toBe(400)
    }
    expect((await post(as, '/api/report-exports', { estateId: 'xh', report: 'arrears', filter: {}, reason: '入户走访核实' })).answer.status).toBe(404)
  })

  it('that nobody agreed to in three days, or nobody took in four hours, is over', async () => {
    const { db, clock } = server
    const { read } = db
    const reports = createReportService({ read, clock, transit: createTransitService({ read, clock }) })
    const books = createBookService({ read, change: createRunChange({ db, clock }), clock, ids: systemIds, reports })
    const asker = { userId: 'asker', loginName: 'asker', displayName: 'asker', grants: [] }
    const { exportId: slow } = await books.request('asker', { estateId: 'jh', report: 'arrears', filter: {}, reason: '入户走访核实' })
    clock.jumpWall(3 * DAY_MS - 1)
    await books.decide('other', slow, 'approve')
    clock.jumpWall(4 * 3_600_000)
    await expect(books.take(asker, slow, 'zh-CN')).rejects.toMatchObject({ code: 'SV_REPORT_EXPORT' })
    const { exportId: late } = await books.request('asker', { estateId: 'jh', report: 'arrears', filter: {}, reason: '入户走访核实' })
    clock.jumpWall(3 * DAY_MS)
    await expect(books.decide('other', late, 'approve')).rejects.toMatchObject({ code: 'SV_REPORT_EXPORT' })
  })
})
