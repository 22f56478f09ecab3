import ExcelJS from 'exceljs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endOfDayMs, startOfDayMs } from '../../../../server/household/civil-date-rules.js'
import { type Register, gateBody, registerOf } from '../../support/register.js'
import { type TestServer, startTestServer } from '../../support/test-server.js'
import { withoutRandom } from '../../../support/without-random.js'
import { rawWorkbook, zipOf } from './raw-zip.js'
import { type Cell, HEADS, SAMPLE, type Sheets, XLSX, workbookOf } from './workbooks.js'

let server: TestServer
let register: Register
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  await register.gate('jh', 'all', gateBody(1))
})
afterEach(() => server.close())

interface RowError { sheet: string; row: number; column: string; value: string; problem: string; expected: string }
interface Preview {
  digest: string; errors: RowError[]; errorCount: number; rowCount: number
  counts: Array<{ sheet: string; added: number; changed: number; unchanged: number }>
  rows: Array<{ sheet: string; row: number; what: string; label: string; changes: Array<{ column: string; before: string; after: string }> }>
}
const send = async (url: string, payload: Buffer, as?: string) => {
  const answer = await server.app.inject({
    method: 'POST', url, payload, headers: { 'x-requested-with': 'smart-estates', 'content-type': XLSX, cookie: as ?? await register.admin() },
  })
  return { status: answer.statusCode, body: answer.json() as unknown }
}
const preview = async (sheets: Sheets | Buffer, as?: string): Promise<Preview> => {
  const answer = await send('/api/household-import/preview', Buffer.isBuffer(sheets) ? sheets : await workbookOf(sheets), as)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body as Preview
}
const confirm = (file: Buffer, digest: string, as?: string) => send(`/api/household-import?digest=${digest}`, file, as)
const takeIn = async (sheets: Sheets): Promise<Preview> => {
  const file = await workbookOf(sheets)
  const shown = await preview(file)
  expect(shown.errors).toEqual([])
  const answer = await confirm(file, shown.digest)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { repeated: false, counts: shown.counts } })
  return shown
}
const counts = (shown: Preview) => Object.fromEntries(shown.counts.map(({ sheet, added, changed, unchanged }) => [sheet, [added, changed, unchanged]]))
const code = (answer: { body: unknown }) => (answer.body as { code: string }).code
const rowsNow = async () => ({
  buildings: await server.db.read.building.count(), units: await server.db.read.unit.count(), households: await server.db.read.household.count(),
  leases: await server.db.read.lease.count(), members: await server.db.read.householdMember.count(), persons: await server.db.read.person.count(),
  permits: await server.db.read.permit.count(), audit: await server.db.read.auditEntry.count(), feed: (await register.feed('jh')).at(-1)?.cursor,
})
/** The sample with one cell of a sheet changed; rows and columns from 0. */
const withCell = (sheet: string, row: number, column: number, value: Cell): Sheets =>
  ({ ...SAMPLE, [sheet]: (SAMPLE[sheet] ?? []).map((cells, at) => (at === row ? cells.map((cell, index) => (index === column ? value : cell)) : cells)) })

describe('a workbook', () => {
  it('is looked at without a trace, then taken in with persons, leases, permits and phone numbers', async () => {
    const before = await rowsNow()
    const shown = await preview(SAMPLE)
    expect(counts(shown)).toEqual({ 小区: [0, 0, 0], 楼栋: [2, 0, 0], 房源: [3, 0, 0], 租约: [2, 0, 0], 人员: [4, 0, 0] })
    expect(await rowsNow()).toEqual(before)
    await takeIn(SAMPLE)
    const units = await server.db.read.unit.findMany({ orderBy: { label: 'asc' } })
    expect(units.map(({ label, floor, areaCentiM2, hasElevator }) => [label, floor, areaCentiM2, hasElevator])).toEqual([
      ['1栋 0102', 1, 6050, false], ['1栋 101', 1, 4512, false], ['2栋 1801', 18, 3500, true],
    ])
    expect((await server.db.read.lease.findMany({ orderBy: { leaseNo: 'asc' } })).map(({ leaseNo, fromDate, untilDate }) => [leaseNo, fromDate, untilDate]))
      .toEqual([['HT-001', '2025-06-01', '2027-05-31'], ['HT-002', '2025-09-01', '2028-08-31']])
    const persons = await server.db.read.person.findMany({ include: { permits: true }, orderBy: { birthDate: 'asc' } })
    expect(persons.map(({ displayName, birthDate, unitLabel, permits }) => [displayName, birthDate, unitLabel, permits.length])).toEqual([
      ['李秀英', '1950-01-02', '2栋 1801', 1], ['陈大文', '1970-03-04', '1栋 101', 1], ['王护工', '1980-01-01', '2栋 1801', 1], ['陈小文', '2016-05-06', '1栋 101', 1],
    ])
    const carer = persons.find((person) => person.displayName === '王护工')?.permits[0]
    expect([Number(carer?.validFromMs), Number(carer?.validUntilMs)]).toEqual([startOfDayMs('2025-10-01'), endOfDayMs('2026-12-31')])
    expect((await server.db.read.personContact.findMany()).map((contact) => contact.phone).sort()).toEqual(['13800138000', '13900139000'])
    const feed = (await register.feed('jh')).map(({ item }) => item['kind'])
    expect([feed.filter((kind) => kind === 'person.v1').length, feed.filter((kind) => String(kind).startsWith('permit')).length]).toEqual([4, 4])
    // Nothing of a person but the pseudonym leaves the erasable tables.
    expect(withoutRandom(JSON.stringify(await server.db.read.auditEntry.findMany(), (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)))).not.toMatch(/陈大文|138001/)
  })

  it('taken in again is no change, and confirmed again does nothing', async () => {
    const file = await workbookOf(SAMPLE)
    const { digest } = await preview(file)
    const first = await confirm(file, digest)
    const after = await rowsNow()
    expect(await confirm(file, digest)).toEqual({ status: 200, body: { ...first.body as object, repeated: true } })
    expect(await rowsNow()).toEqual(after)
    const again = await preview(file)
    expect(counts(again)).toEqual({ 小区: [0, 0, 0], 楼栋: [0, 0, 2], 房源: [0, 0, 3], 租约: [0, 0, 2], 人员: [0, 0, 4] })
    expect(again.rows).toEqual([])
    expect((await confirm(file, again.digest)).body).toMatchObject({ permits: 0, repeated: false })
    expect({ ...await rowsNow(), audit: 0 }).toEqual({ ...after, audit: 0 })
  })

  it('shows a changed cell as a change, and permits follow it', async () => {
    await takeIn(SAMPLE)
    const longer = await preview(withCell('租约', 0, 6, '2029-05-31'))
    expect(longer.rows).toEqual([{ sheet: '租约', row: 2, what: 'changed', label: 'HT-001', changes: [{ column: '到期日期', before: '2027-05-31', after: '2029-05-31' }] }])
    await takeIn(withCell('租约', 0, 6, '2029-05-31'))
    const permits = await server.db.read.permit.findMany({ where: { endedAtMs: null }, include: { person: true } })
    expect(permits.filter((permit) => permit.person.displayName?.startsWith('陈')).map((permit) => Number(permit.validUntilMs))).toEqual([endOfDayMs('2029-05-31'), endOfDayMs('2029-05-31')])
    expect(await server.db.read.permit.count()).toBe(4)
    const area = await takeIn({ 楼栋: SAMPLE['楼栋'] ?? [], 房源: [['jh', '1栋', '101', 1, 45.13, '一房一厅', '有']] })
    expect(area.rows[0]?.changes).toEqual([{ column: '建筑面积', before: '45.12', after: '45.13' }, { column: '电梯', before: '无', after: '有' }])
    const phone = await takeIn({ 人员: [['jh', 'H-1', '陈大文', '户主', '1970-03-04', '13700137000', null, null]] })
    expect(phone.rows[0]?.changes).toEqual([{ column: '手机号', before: '13800138000', after: '13700137000' }])
    expect(await server.db.read.personContact.count({ where: { phone: '13700137000' } })).toBe(1)
  })

  it('finds the person who is in the register already, and does not make them twice', async () => {
    const personRef = await register.person('jh', '1970-03-04', '陈大文')
    await takeIn(SAMPLE)
    expect(await server.db.read.person.count({ where: { displayName: '陈大文' } })).toBe(1)
    expect(await server.db.read.householdMember.findFirst({ where: { personRef } })).toMatchObject({ role: 'head', fromDate: '2025-06-01', untilDate: null })
  })

  it('does not bring back what a move has ended', async () => {
    await takeIn(SAMPLE)
    const household = await server.db.read.household.findFirstOrThrow({ where: { householdNo: 'H-1' } })
    const out = await server.call('POST', `/api/households/${household.householdId}/move-out`, { as: await register.admin(), body: { lastDate: '2025-12-31' } })
    expect(out.status, JSON.stringify(out.body)).toBe(200)
    const again = await preview(SAMPLE)
    expect([again.errors, again.rows]).toEqual([[], []])
    expect((await preview(withCell('租约', 0, 6, '2030-05-31'))).errors).toEqual([
      { sheet: '租约', row: 2, column: '合同编号', value: 'HT-001', problem: 'lease-ended', expected: '2025-06-01 – 2025-12-31' },
    ])
  })
})

describe('a cell that is wrong', () => {
  it.each<[string, number, number, Cell, Partial<RowError>]>([
    ['楼栋', 0, 2, '六', { column: '层数', value: '六', problem: 'whole', expected: '1–100' }],
    ['楼栋', 0, 0, 'nowhere', { column: '小区编号', value: 'nowhere', problem: 'estate-unknown' }],
    ['楼栋', 1, 1, '1栋', { column: '楼栋', value: '1栋', problem: 'duplicate', expected: '2' }],
    ['房源', 0, 3, 7, { column: '楼层', value: '7', problem: 'floor-above', expected: '≤ 6' }],
    ['房源', 0, 4, 45.123, { column: '建筑面积', value: '45.123', problem: 'area' }],
    ['房源', 0, 6, '也许', { column: '电梯', value: '也许', problem: 'yes-no', expected: '有 / 无' }],
    ['房源', 0, 1, '9栋', { column: '楼栋', value: '9栋', problem: 'building-unknown' }],
    ['租约', 0, 5, '2025-02-30', { column: '起租日期', value: '2025-02-30', problem: 'date', expected: 'YYYY-MM-DD' }],
    ['租约', 0, 5, 45_000, { column: '起租日期', value: '45000', problem: 'date' }],
    ['租约', 0, 6, '2025-05-31', { column: '到期日期', problem: 'ends-before-it-begins' }],
    ['租约', 0, 2, '103', { column: '房号', value: '103', problem: 'unit-unknown' }],
    ['人员', 0, 3, '房东', { column: '关系', value: '房东', problem: 'role' }],
    ['人员', 0, 4, '2199-01-01', { column: '出生日期', problem: 'birth-date' }],
    ['人员', 0, 5, '12345', { column: '手机号', value: '12345', problem: 'phone' }],
    ['人员', 0, 2, null, { column: '姓名', value: '', problem: 'missing' }],
    ['人员', 0, 1, 'H-9', { column: '户编号', value: 'H-9', problem: 'household-unknown' }],
    ['人员', 0, 2, { formula: 'A1', result: '陈大文' }, { column: '姓名', value: '=', problem: 'formula' }],
    ['人员', 0, 2, '=HYPERLINK("http://x")', { column: '姓名', problem: 'characters' }],
    ['人员', 0, 2, '@SUM(1)', { column: '姓名', problem: 'characters' }],
    ['人员', 0, 2, '陈'.repeat(65), { column: '姓名', problem: 'too-long', expected: '≤ 64' }],
  ])('%s row %i column %i with %o is named with sheet, row, column, value and what is expected', async (sheet, row, column, value, error) => {
    const before = await rowsNow()
    const file = await workbookOf(withCell(sheet, row, column, value))
    const shown = await preview(file)
    expect(shown.errors).toContainEqual(expect.objectContaining({ sheet, row: row + 2, ...error }))
    expect(code(await confirm(file, shown.digest))).toBe('SV_HOUSEHOLD_IMPORT_ERRORS')
    expect(await rowsNow()).toEqual(before)
  })

  it('rich text is its text', async () => {
    expect((await preview(withCell('人员', 0, 2, { richText: [{ text: '陈大' }, { text: '文' }] }))).errors).toEqual([])
  })

  it('two leases on one unit, and two heads in a household, are told by their row', async () => {
    const leases = [...SAMPLE['租约'] ?? [], ['jh', '1栋', '101', 'H-3', 'HT-003', '2027-05-31', '2028-05-30'], ['jh', '1栋', '0102', 'H-2', 'HT-004', '2026-01-01', '2026-12-31']] as Cell[][]
    const people = [...SAMPLE['人员'] ?? [], ['jh', 'H-1', '陈二文', '户主', '1972-03-04', null, null, null], ['jh', 'H-3', '何童', '户主', '2015-03-04', null, null, null]] as Cell[][]
    const { errors } = await preview({ ...SAMPLE, 租约: leases, 人员: people })
    expect(errors.map(({ sheet, row, column, problem, expected }) => [sheet, row, column, problem, expected])).toEqual([
      ['租约', 4, '房号', 'unit-taken', 'HT-001 2025-06-01 – 2027-05-31'],
      ['租约', 5, '户编号', 'household-taken', 'HT-002 2025-09-01 – 2028-08-31'],
      ['人员', 2, '关系', 'head-twice', '户主'],
      ['人员', 7, '出生日期', 'head-minor', ''],
    ])
  })

  it('a missing column is told, whatever the order of the others', async () => {
    const heads = { ...HEADS, 楼栋: ['层数', '楼栋', '备注'] }
    expect((await preview(await workbookOf({ 楼栋: [[6, '1栋', '']] }, heads))).errors).toEqual([{ sheet: '楼栋', row: 1, column: '小区编号', value: '', problem: 'column-missing', expected: '小区编号' }])
    const turned = { ...HEADS, 楼栋: ['层数 *', '楼栋（必填）', '小区编号'] }
    expect(counts(await preview(await workbookOf({ 楼栋: [[6, '1栋', 'jh']] }, turned)))['楼栋']).toEqual([1, 0, 0])
  })
})

describe('who imports', () => {
  it('a manager sees estates out of scope as unknown, and adds none', async () => {
    const manager = await server.as('estate-manager@xh')
    expect((await preview(SAMPLE, manager)).errors[0]).toMatchObject({ column: '小区编号', value: 'jh', problem: 'estate-unknown' })
    const estates: Sheets = { 小区: [['new-1', '新小区', '蓬江区']], 楼栋: [['new-1', '1栋', 6]] }
    expect((await preview(estates, manager)).errors[0]).toMatchObject({ sheet: '小区', problem: 'estate-unknown' })
    await takeIn(estates)
    expect(await server.db.read.estate.findUnique({ where: { id: 'new-1' } })).toMatchObject({ name: '新小区', district: '蓬江区' })
    expect((await preview({ 小区: [['new-1', '别名', '蓬江区']] })).errors).toEqual([{ sheet: '小区', row: 2, column: '小区名称', value: '别名', problem: 'estate-differs', expected: '新小区' }])
  })

  it('is told where the register changed since the preview, or the file is another', async () => {
    const file = await workbookOf(SAMPLE)
    const { digest } = await preview(file)
    expect(code(await confirm(await workbookOf(withCell('楼栋', 0, 2, 7)), digest))).toBe('SV_HOUSEHOLD_IMPORT_CHANGED')
    expect((await server.call('POST', '/api/buildings', { as: await register.admin(), body: { estateId: 'jh', name: '1栋', floors: 6 } })).status).toBe(201)
    expect(code(await confirm(file, digest))).toBe('SV_HOUSEHOLD_IMPORT_CHANGED')
    expect(await server.db.read.unit.count()).toBe(0)
  })
})

describe('a file', () => {
  it('that is none, or another kind, is refused', async () => {
    const url = '/api/household-import/preview'
    expect(code(await send(url, Buffer.from('not a workbook')))).toBe('SV_HOUSEHOLD_IMPORT_FILE')
    expect(code(await send(url, zipOf([{ name: 'a.txt', data: Buffer.from('x') }])))).toBe('SV_HOUSEHOLD_IMPORT_FILE')
    expect(code(await send(url, await workbookOf({ 别的: [['x']] })))).toBe('SV_HOUSEHOLD_IMPORT_FILE')
    expect(await server.call('POST', url, { as: await register.admin(), body: { a: 1 } })).toMatchObject({ status: 415, body: { code: 'SV_HTTP_UNSUPPORTED_TYPE' } })
    // Elsewhere a workbook is no body.
    const elsewhere = await send('/api/buildings', await workbookOf(SAMPLE))
    expect(elsewhere).toMatchObject({ status: 415 })
  })

  it('that unpacks to more than it says is not unpacked', async () => {
    const bomb = zipOf([{ name: 'xl/workbook.xml', data: Buffer.alloc(200 * 1_048_576), saysBytes: 10 }])
    expect(bomb.length).toBeLessThan(1_048_576)
    const before = process.memoryUsage().arrayBuffers
    expect(await send('/api/household-import/preview', bomb)).toMatchObject({ status: 413, body: { code: 'SV_HOUSEHOLD_IMPORT_SIZE' } })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 * 1_048_576)
  })

  it('with a merged range over the whole sheet is read in no time', async () => {
    const whole = 'A10:XFD1048576'
    const after = `<mergeCells count="1"><mergeCell ref="${whole}"/></mergeCells>` +
      `<dataValidations count="1"><dataValidation type="whole" sqref="${whole}"><formula1>1</formula1></dataValidation></dataValidations>`
    const startedMs = performance.now()
    expect(counts(await preview(rawWorkbook('楼栋', [HEADS['楼栋'], ['jh', '1栋', '6']], after)))['楼栋']).toEqual([1, 0, 0])
    expect(performance.now() - startedMs).toBeLessThan(5_000)
  })

  it('of more rows or columns than an estate has is refused before it is all in memory', async () => {
    const rows = [HEADS['楼栋'], ...Array.from({ length: 30_001 }, (_, at) => ['jh', `${at}`, '6'])]
    expect(await send('/api/household-import/preview', rawWorkbook('楼栋', rows))).toMatchObject({ status: 413, body: { details: { sheet: '楼栋', rows: 30_001, rowsMax: 30_000 } } })
    const wide = rawWorkbook('楼栋', [HEADS['楼栋'], Array.from({ length: 80 }, () => 'x')])
    expect(code(await send('/api/household-import/preview', wide))).toBe('SV_HOUSEHOLD_IMPORT_FILE')
  })

  it('made from the template is taken in as it is filled in', async () => {
    const answer = await server.app.inject({ method: 'GET', url: '/api/household-import/template', headers: { cookie: await register.admin() } })
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, XLSX])
    const workbook = new ExcelJS.Workbook()
    await workbook.xlsx.load(answer.rawPayload as unknown as ExcelJS.Buffer)
    expect(workbook.worksheets.map((sheet) => sheet.name)).toEqual(['小区', '楼栋', '房源', '租约', '人员'])
    for (const [name, rows] of Object.entries(SAMPLE)) for (const [at, row] of rows.entries()) (workbook.getWorksheet(name) as ExcelJS.Worksheet).getRow(3 + at).values = [...row] as ExcelJS.CellValue[]
    const shown = await preview(Buffer.from(await workbook.xlsx.writeBuffer()))
    expect([shown.errors, counts(shown)['人员']]).toEqual([[], [4, 0, 0]])
  })
})
