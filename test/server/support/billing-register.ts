import { expect } from 'vitest'
import { POLICY } from '../billing/billing-samples.js'
import { type Cell, workbookOf } from '../household/import/workbooks.js'
import type { TestServer } from './test-server.js'
import { householdRegisterOf } from './household-register.js'

const STANDARD = { buildingId: null, tier: 'market', basis: 'area', priceFen: 1_000, overPriceFen: null, fromDate: '2020-01-01', untilDate: null, approvalNo: '示例-1', example: true }

const OPENING_HEADS = ['户编号', '楼栋', '房号', '承租人', '预存', '押金']
/** A workbook of opening balances, in base64. */
export const openingFile = async (rows: readonly Cell[][]): Promise<string> => (await workbookOf({ 预存和押金: rows }, { 预存和押金: OPENING_HEADS })).toString('base64')
/** What comes with it: the books before say that a household has so much prepaid. */
export const openingWishOf = (estateId: string, workbook: string, prepaid = 0): object => ({
  estateId, asOfDate: '2026-01-01', workbook, control: { 'households': prepaid > 0 ? 1 : 0, 'rent': 0, 'late-charge': 0, prepaid, 'deposit': 0 },
  held: [{ account: 'bank', of: 'agency-1', fen: prepaid }], notes: {},
})

/** Terms of rent, runs and bills, made through the API by two persons. */
export function billingRegisterOf(server: TestServer) {
  const make = async (as: string, url: string, body: unknown, method = 'POST'): Promise<Record<string, unknown>> => {
    const answer = await server.call(method, url, { as, body })
    expect([200, 201, 204], `${url}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
    return answer.body as Record<string, unknown>
  }
  const maker = (): Promise<string> => server.as('finance-maker@*')
  const checker = (): Promise<string> => server.as('finance-checker@*')
  const terms = async (estateId: string, policy: object = {}, standard: object = {}): Promise<void> => {
    await make(await maker(), `/api/estates/${estateId}/billing-policies/2020-01-01`, { ...POLICY, ...policy }, 'PUT')
    await make(await maker(), '/api/rent-standards', { ...STANDARD, estateId, ...standard })
  }
  const preview = async (estateId: string, period: string): Promise<Record<string, unknown>> => make(await maker(), '/api/billing-runs', { estateId, period })
  const issue = async (runId: unknown): Promise<Record<string, unknown>> => make(await checker(), `/api/billing-runs/${String(runId)}/issue`, {})
  const household = async (estateId: string): Promise<string> => (await householdRegisterOf(server).household(estateId)).householdId
  return {
    make, maker, checker, terms, preview, issue, household,
    /** A household's bill of a month, issued. */
    bill: async (estateId: string, period = '2026-03'): Promise<{ billId: string; householdId: string }> => {
      const householdId = await household(estateId)
      await terms(estateId)
      await issue((await preview(estateId, period))['runId'])
      const { bills } = (await server.call('GET', `/api/bills?householdId=${householdId}`, { as: await maker() })).body as { bills: Array<{ billId: string }> }
      return { billId: bills[0]?.billId as string, householdId }
    },
    /** A list of opening balances of a household of its own, to be signed. */
    opening: async (estateId: string): Promise<string> => {
      const { householdNo } = await server.db.read.household.findUniqueOrThrow({ where: { householdId: await household(estateId) } })
      const wish = openingWishOf(estateId, await openingFile([[householdNo, null, null, '陈大文', 100, null]]), 10_000)
      const { digest } = await make(await maker(), '/api/opening-lists/preview', wish)
      return (await make(await maker(), '/api/opening-lists', { ...wish, digest }))['openingId'] as string
    },
    relief: async (householdId: string, body: object = {}): Promise<string> =>
      (await make(await maker(), `/api/households/${householdId}/rent-reliefs`, {
        kind: 'reduction', value: 100_000, fromDate: '2026-01-01', untilDate: '2026-12-31', reason: '低保家庭', ...body,
      }))['reliefId'] as string,
    hold: async (householdId: string, body: object = {}): Promise<string> =>
      (await make(await maker(), `/api/households/${householdId}/billing-holds`, { kind: 'dispute', billId: null, fromDate: '2026-01-01', untilDate: null, note: '争议', ...body }))['holdId'] as string,
    adjustment: async (billId: string, fen: number): Promise<string> =>
      (await make(await maker(), `/api/bills/${billId}/adjustments`, { receivable: 'rent-receivable', fen, reason: '面积更正' }))['adjustmentId'] as string,
  }
}
