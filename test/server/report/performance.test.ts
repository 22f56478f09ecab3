import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { post } from '../../../server/ledger/ledger-service.js'
import { roomLabels } from '../../../server/report/household-search.js'
import { awayMs, availabilityPpm, median, waitsMs } from '../../../server/report/performance-rules.js'
import { type ReviewedHousehold, findingsOf } from '../../../server/report/review-rules.js'
import { REPORT_READERS } from '../../../server/report/report-table.js'
import { REPORT_READERS as SHOWN_TO } from '../../../server/web/finance/reports/report-roles.js'
import { putOrder } from '../reconciliation/batch/recon-rig.js'
import { gateBody, registerOf } from '../support/register.js'
import { systemIds } from '../support/temp-database.js'
import { type TestServer, startTestServer } from '../support/test-server.js'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const NOW_MS = Date.parse('2026-07-01T12:00:00+08:00')
const at = (text: string): number => Date.parse(`${text}+08:00`)

let server: TestServer
let householdId = ''
beforeAll(async () => {
  server = await startTestServer('/nowhere', NOW_MS)
  const { billing, gate } = registerOf(server)
  householdId = await billing.household('jh')
  await billing.terms('jh')
  for (const month of ['2026-05', '2026-06']) await billing.issue((await billing.preview('jh', month))['runId'])
  await gate('jh', 'g-1', gateBody(1, ['cam-1']))
})
afterAll(() => server.close())

interface Screen {
  readonly columns: Array<{ key: string; unit: string }>
  readonly rows: Array<{ cells: unknown[]; link: Record<string, string> }>
  readonly totals: unknown[]
}
const screen = async (report: string, query: Record<string, string>, as: `${'auditor' | 'estate-manager' | 'cashier' | 'bureau-viewer'}@${string}`): Promise<Screen> =>
  (await server.call('GET', `/api/reports/${report}?${new URLSearchParams(query).toString()}`, { as: await server.as(as) })).body as Screen
const facts = ({ columns }: Screen, cells: readonly unknown[]): Record<string, unknown> => Object.fromEntries(columns.map(({ key }, place) => [key, cells[place]]))

type Step = [state: 'raised' | 'acknowledged' | 'cleared', atMs: number]
/** An alarm as its gateway's records left it. */
const alarm = (kind: string, ...steps: Step[]): Promise<unknown> => server.db.transact((tx) => {
  const value = { alarm: kind, gateId: null, deviceId: 'cam-1', passageId: null, personRef: null, detail: null, operatorRef: null }
  const registers = Object.fromEntries(steps.map(([state, atMs], seq) => [state, { gatewayId: 'gw-1', epoch: 1, seq: seq + 1, atMs, value }]))
  const open = !steps.some(([state]) => state === 'cleared')
  return tx.alarm.create({ data: {
    gatewayId: 'gw-1', alarmId: systemIds.uuid(), estateId: 'jh', kind, state: steps.at(-1)?.[0] ?? 'raised', open, deviceId: 'cam-1', raisedAtMs: BigInt(steps[0]?.[1] ?? 0),
    updatedAtMs: BigInt(steps.at(-1)?.[1] ?? 0), registers: JSON.stringify(registers),
  } })
})
const closedDay = (period: string, closedAtMs: number): Promise<unknown> => server.db.transact((tx) => tx.financeClose.create({ data: {
  closeId: systemIds.uuid(), estateId: 'jh', kind: 'day', period, state: 'closed', figures: '{}', preparedBy: 'a', preparedAtMs: 0n, closedBy: 'b', closedAtMs: BigInt(closedAtMs), holds: `jh day ${period}`,
} }))
const difference = (bizDate: string, state: string, foundAtMs: number): Promise<unknown> => server.db.transact((tx) => tx.reconCase.create({ data: {
  caseId: systemIds.uuid(), caseKey: systemIds.uuid(), leg: 1, channel: 'wechat', merchantId: 'm', bizDate, estateId: 'jh', classCode: 'LOCAL_ONLY', reference: 'x', riskFen: 1_000n, differenceFen: 0n,
  contentHash: '0', state, seenRun: 1, foundAtMs: BigInt(foundAtMs), changedAtMs: 1n,
} }))

describe('the yearly figures of an estate', () => {
  it('count what the server has, by the year, and nothing of another one', async () => {
    await server.db.transact(async (tx) => {
      await post({ tx, atMs: NOW_MS, by: null }, [{ estateId: 'jh', causeRef: 's-1', bizDate: '2026-05-01', memo: null, event: { kind: 'suspended', into: { account: 'cash', of: 'desk-1' }, fen: 1 } }])
      await tx.gateway.create({ data: { gatewayId: 'gw-1', estateId: 'jh', name: 'g', claimedAtMs: BigInt(NOW_MS - 100 * HOUR_MS), createdAtMs: 0n } })
      await tx.gatewayEpoch.create({ data: { gatewayId: 'gw-1', epoch: 1, startHash: '0', grantedAtMs: 0n, contiguousSeq: 90n, contiguousHash: '0', headSeq: 93n, headHash: '0' } })
      await tx.ticket.createMany({ data: [
        { ticketId: 't-1', estateId: 'jh', personRef: 'p', kind: 'repair', text: '', state: 'done', createdAtMs: BigInt(at('2026-06-01T09:00')), doneAtMs: BigInt(at('2026-06-01T15:00')) },
        { ticketId: 't-2', estateId: 'jh', personRef: 'p', kind: 'repair', text: '', state: 'open', createdAtMs: BigInt(at('2026-06-02T09:00')) },
        { ticketId: 't-3', estateId: 'jh', personRef: 'p', kind: 'repair', text: '', state: 'open', createdAtMs: BigInt(at('2025-12-31T23:59')) },
      ] })
      const receipt = { estateId: 'jh', householdId, totalFen: 1n, content: '{}', turn: 1 }
      await tx.electronicReceipt.createMany({ data: [
        { ...receipt, receiptNo: 'r-1', billId: 'b-1', kind: 'issue', state: 'issued', busAtMs: BigInt(at('2026-06-01T09:00')) },
        { ...receipt, receiptNo: 'r-2', billId: 'b-2', kind: 'issue', state: 'failed', busAtMs: BigInt(at('2026-06-01T09:00')) },
        { ...receipt, receiptNo: 'r-3', billId: 'b-3', kind: 'issue', state: 'issued', busAtMs: BigInt(at('2025-06-01T09:00')) },
      ] })
    })
    // The camera was away for ten hours, and is away again since five; the gateway is in use since a hundred.
    await alarm('device-offline', ['raised', NOW_MS - 40 * HOUR_MS], ['cleared', NOW_MS - 30 * HOUR_MS])
    await alarm('device-offline', ['raised', NOW_MS - 5 * HOUR_MS])
    await alarm('forced', ['raised', NOW_MS - 20 * HOUR_MS], ['acknowledged', NOW_MS - 20 * HOUR_MS + 4 * MINUTE_MS])
    await alarm('fire', ['raised', NOW_MS - 19 * HOUR_MS], ['acknowledged', NOW_MS - 19 * HOUR_MS + 8 * MINUTE_MS], ['cleared', NOW_MS - 18 * HOUR_MS])
    // The books began on 1 May: 61 days until yesterday. One is closed in time, one on the fourth day after.
    await closedDay('2026-06-10', at('2026-06-11T09:00'))
    await closedDay('2026-06-11', at('2026-06-15T00:00'))
    await difference('2026-06-10', 'cleared', NOW_MS - 20 * DAY_MS)
    await difference('2026-06-10', 'open', NOW_MS - 9 * DAY_MS)
    await difference('2026-06-10', 'auto', NOW_MS - 9 * DAY_MS)
    await difference('2025-06-10', 'open', NOW_MS - 300 * DAY_MS)

    const table = await screen('performance', { year: '2026' }, 'estate-manager@jh')
    expect(table.rows.map(({ link }) => link)).toEqual([{ estateId: 'jh' }])
    // Two months of 45.12 m² at 10 yuan.
    expect(facts(table, table.rows[0]?.cells ?? [])).toMatchObject({
      netFen: 90_240, collectedFen: 0, currentPpm: 0, overdueFen: 90_240, receipts: 1, receiptsWaiting: 1, daysDue: 61, daysClosed: 2, daysLate: 1, daysOpen: 59,
      cases: 2, casesOpen: 1, casesOpenFen: 1_000, oldestCaseDays: 9, devices: 2, outages: 2, outageHours: 15, availabilityPpm: 925_000, urgentAlarms: 2, responseMinutes: 6, alarmsOpen: 2,
      tickets: 2, ticketsOpen: 1, ticketHours: 6, missingRecords: 3, brokenLogs: 0,
    })
    const all = await screen('performance', { year: '2026' }, 'bureau-viewer@*')
    expect(all.rows.map(({ link }) => link['estateId'])).toEqual(['jh', 'xh'])
    expect(facts(all, all.totals)).toMatchObject({ netFen: 90_240, tickets: 2, availabilityPpm: 925_000, responseMinutes: null, oldestCaseDays: null })
    const before = await screen('performance', { year: '2025' }, 'bureau-viewer@*')
    expect(facts(before, before.rows[0]?.cells ?? [])).toMatchObject({ netFen: 0, currentPpm: null, receipts: 1, daysDue: 0, cases: 1, tickets: 1, urgentAlarms: 0, outageHours: 0 })
  })

  it('are of a year that has begun', async () => {
    const ask = async (query: string) => server.call('GET', `/api/reports/performance${query}`, { as: await server.as('bureau-viewer@*') })
    expect([(await ask('?year=2027')).body, (await ask('')).body]).toMatchObject([{ details: { field: 'year', problem: 'has not begun' } }, { details: { field: 'year', problem: 'is missing' } }])
  })

  it('times clip at the span, and nobody who looked is no quick look', () => {
    const [span, gone] = [{ fromMs: 100, untilMs: 200 }, { kind: 'device-offline', seenAtMs: null }]
    expect(awayMs([{ ...gone, raisedAtMs: 50, clearedAtMs: 120 }, { ...gone, raisedAtMs: 190, clearedAtMs: null }, { ...gone, raisedAtMs: 10, clearedAtMs: 20 }, { ...gone, kind: 'fire', raisedAtMs: 100, clearedAtMs: 150 }], span)).toBe(30)
    expect(waitsMs([{ ...gone, raisedAtMs: 150, clearedAtMs: null }, { ...gone, raisedAtMs: 150, seenAtMs: 151, clearedAtMs: null }], span)).toEqual([50, 1])
    expect([median([]), median([3]), median([9, 1, 5]), median([1, 4])]).toEqual([null, 3, 5, 2.5])
    expect([availabilityPpm(1, 0), availabilityPpm(25, 100), availabilityPpm(200, 100)]).toEqual([null, 750_000, 0])
  })
})

describe('the yearly review', () => {
  const TODAY = '2026-07-01'
  const home: ReviewedHousehold = { leaseUntil: '2029-12-31', tier: 'low-income', certificates: [{ tier: 'low-income', fromDate: '2026-01-01', untilDate: '2026-12-31' }], unpaidMonths: 0, notSeen: false }
  const reasons = (change: Partial<ReviewedHousehold>): string[] => findingsOf({ ...home, ...change }, TODAY).map(({ reason, date }) => `${reason} ${date ?? ''}`.trim())
  const until = (untilDate: string, tier = 'low-income') => ({ certificates: [{ tier, fromDate: '2026-01-01', untilDate }] })

  it('names what must be looked at, the gravest first', () => {
    expect(reasons({})).toEqual([])
    expect(reasons({ unpaidMonths: 6, ...until('2026-06-30'), leaseUntil: '2026-10-01' })).toEqual(['unpaid-months', 'certificate-over 2026-06-30', 'lease-ending 2026-10-01'])
    expect(reasons({ notSeen: true, unpaidMonths: 6, ...until('2026-06-30') })).toEqual(['unpaid-months', 'not-seen', 'certificate-over 2026-06-30'])
    expect([reasons({ unpaidMonths: 5 }), reasons({ leaseUntil: '2026-10-02' })]).toEqual([[], []])
    expect([reasons(until('2026-07-01')), reasons(until('2026-10-01')), reasons(until('2026-10-02'))]).toEqual([['certificate-ending 2026-07-01'], ['certificate-ending 2026-10-01'], []])
    expect([reasons({ certificates: [] }), reasons({ certificates: [], tier: 'market' }), reasons({ certificates: [], tier: null })]).toEqual([['certificate-missing'], [], []])
    expect(reasons(until('2027-12-31', 'over-limit'))).toEqual(['over-limit 2027-12-31'])
    // A later certificate takes the place of one that is over.
    expect(reasons({ certificates: [...until('2026-06-30').certificates, { tier: 'low-income', fromDate: '2026-07-01', untilDate: '2027-06-30' }] })).toEqual([])
  })

  it('lists households that live there, names masked', async () => {
    const { billing } = registerOf(server)
    await billing.make(await billing.maker(), `/api/households/${householdId}/tier-certificates`, { tier: 'low-income', certificateNo: 'C-1', fromDate: '2026-01-01', untilDate: '2026-08-01' })
    const due = { where: { householdId }, data: { dueDate: '2026-05-10' } }
    await server.db.transact(async (tx) => void await Promise.all([tx.bill.updateMany(due), tx.billPart.updateMany(due)]))
    const table = await screen('review', {}, 'estate-manager@jh')
    expect(table.rows.filter(({ link }) => link['householdId'] === householdId).map(({ cells }) => facts(table, cells))).toMatchObject([
      { name: '陈*', tier: 'low-income', reason: 'certificate-ending', onDate: '2026-08-01', unpaidMonths: 2, lateFen: 90_240 },
    ])
    expect((await screen('review', { tier: 'market' }, 'bureau-viewer@*')).rows).toEqual([])
    expect((await screen('review', {}, 'bureau-viewer@xh')).rows).toEqual([])
    expect((await registerOf(server).audit()).filter((entry) => entry.action === 'report.read').at(-1)).toMatchObject({ subject: 'report:review', after: { report: 'review' } })
  })

  it('tells that nobody was seen in half a year only where they lived and the gates were watched for so long', async () => {
    const listed = async (): Promise<boolean> => (await screen('review', {}, 'estate-manager@jh')).rows.some(({ cells, link }) => link['householdId'] === householdId && cells.includes('not-seen'))
    const gateway = (claimedAtMs: number): Promise<unknown> => server.db.transact((tx) => tx.gateway.update({ where: { gatewayId: 'gw-1' }, data: { claimedAtMs: BigInt(claimedAtMs) } }))
    const pass = (result: string, occurredAtMs: number, personRef: string): Promise<unknown> => server.db.transact((tx) => tx.accessEvent.create({ data: {
      passageId: systemIds.uuid(), gatewayId: 'gw-1', epoch: 1, seq: 1n, estateId: 'jh', gateId: 'g-1', way: 'card', result, decision: result, personRef, timings: '{}', occurredAtMs: BigInt(occurredAtMs),
    } }))
    const { personRef } = await server.db.read.householdMember.findFirstOrThrow({ where: { householdId, role: 'spouse' } })
    await server.db.transact((tx) => tx.lease.updateMany({ where: { householdId }, data: { fromDate: '2025-06-01' } }))
    expect(await listed()).toBe(false)
    await gateway(NOW_MS - 200 * DAY_MS)
    expect(await listed()).toBe(true)
    await pass('refused', NOW_MS - DAY_MS, personRef)
    await pass('granted', NOW_MS - 190 * DAY_MS, personRef)
    expect(await listed()).toBe(true)
    await server.db.transact((tx) => tx.lease.updateMany({ where: { householdId }, data: { fromDate: '2026-01-10' } }))
    expect(await listed()).toBe(false)
    await server.db.transact((tx) => tx.lease.updateMany({ where: { householdId }, data: { fromDate: '2025-06-01' } }))
    await pass('granted', NOW_MS - 100 * DAY_MS, personRef)
    expect(await listed()).toBe(false)
  })
})

describe('a household is found', () => {
  const find = async (text: string, as: 'cashier@jh' | 'cashier@xh' = 'cashier@jh'): Promise<unknown[]> =>
    ((await server.call('GET', `/api/report-households?text=${encodeURIComponent(text)}`, { as: await server.as(as) })).body as { items: unknown[] }).items

  it('by room, whole name, household number and order, at the reader\'s own estate alone', async () => {
    const { householdNo } = await server.db.read.household.findUniqueOrThrow({ where: { householdId } })
    const label = (await server.db.read.lease.findFirstOrThrow({ where: { householdId }, include: { unit: true } })).unit.label
    await server.db.transact(async (tx) => {
      await putOrder(tx, { outTradeNo: 'RT-FIND', fen: 100, transactionId: '4200-FIND', createdAtMs: NOW_MS, paidAtMs: NOW_MS })
      await tx.payOrder.update({ where: { outTradeNo: 'RT-FIND' }, data: { householdId } })
    })
    const hit = { householdId, estateId: 'jh', householdNo, unitLabel: label, name: '陈*' }
    expect(await find('RT-FIND')).toEqual([{ ...hit, by: 'order' }])
    expect(await find('4200-FIND')).toEqual([{ ...hit, by: 'order' }])
    expect(await find(householdNo)).toEqual([{ ...hit, by: 'number' }])
    expect(await find(' 李小红 ')).toEqual([{ ...hit, by: 'name' }])
    expect(await find(label)).toEqual([{ ...hit, by: 'room' }])
    // Part of a name is none: nobody is guessed letter by letter.
    expect([await find('李小'), await find('李小红', 'cashier@xh'), await find('RT-FIND', 'cashier@xh')]).toEqual([[], [], []])
  })

  it('by a room as it is typed', () => {
    expect(roomLabels('3栋502')).toContain('3栋 502')
    expect(roomLabels('3-502')).toContain('3栋 502')
    expect(roomLabels('502')).toEqual(['502'])
  })
})

it('the menu offers each report to those whom the server lets see it', () => {
  expect(SHOWN_TO).toEqual(REPORT_READERS)
})
