import { expect } from 'vitest'
import { balances } from '../../../../server/ledger/ledger-service.js'
import { type Cell, workbookOf } from '../../household/import/workbooks.js'
import { type Register, registerOf } from '../../support/register.js'
import { type TestServer, startTestServer } from '../../support/test-server.js'

const WHO = ['户编号', '楼栋', '房号', '承租人']
export const OPENING_HEADS = { 预存和押金: [...WHO, '预存（元）', '押金'], 欠缴: [...WHO, '欠缴月份', '欠缴租金', '欠缴违约金', '应缴日期'] }
export const AS_OF = '2026-08-31'
const NOW_MS = Date.UTC(2026, 8, 2)

export interface OpeningPreview {
  digest: string
  sums: Record<string, number>
  differences: Array<{ name: string; list: number; control: number; difference: number; note: string | null }>
  errors: Array<{ sheet: string; row: number; column: string; value: string; problem: string; expected: string }>
  errorCount: number
  households: Array<{ householdId: string; months: unknown[] }>
}

/** A server with households whose head is 陈大文, and the two who sign. */
export async function startOpening(count: number) {
  const server: TestServer = await startTestServer('/nowhere', NOW_MS)
  const register: Register = registerOf(server)
  const householdIds: string[] = []
  for (let at = 0; at < count; at += 1) householdIds.push((await register.households.household('jh')).householdId)
  const households = await server.db.read.household.findMany({ where: { householdId: { in: householdIds } }, include: { leases: { include: { unit: { include: { building: true } } } } } })
  const byId = new Map(households.map((each) => [each.householdId, each]))
  const [maker, checker] = [await server.as('finance-maker@jh'), await server.as('finance-checker@jh')]
  const fileOf = async (balanceRows: readonly Cell[][], arrearsRows: readonly Cell[][]): Promise<string> =>
    (await workbookOf({ 预存和押金: balanceRows, 欠缴: arrearsRows }, OPENING_HEADS)).toString('base64')
  const bodyOf = (workbook: string, sums: Record<string, number>, more: object = {}) => ({
    estateId: 'jh', asOfDate: AS_OF, workbook, control: sums, held: [{ account: 'bank', of: 'agency-1', fen: (sums['prepaid'] ?? 0) + (sums['deposit'] ?? 0) }], notes: {}, ...more,
  })
  const NOTHING = { 'households': 0, 'rent': 0, 'late-charge': 0, 'prepaid': 0, 'deposit': 0 }
  const post = (as: string, path: string, body: unknown) => server.call('POST', path, { as, body })
  const preview = async (workbook: string, more: object = {}): Promise<OpeningPreview> => {
    const answer = await post(maker, '/api/opening-lists/preview', bodyOf(workbook, NOTHING, more))
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    return answer.body as OpeningPreview
  }
  const propose = async (workbook: string, shown: Pick<OpeningPreview, 'digest' | 'sums'>, more: object = {}) =>
    post(maker, '/api/opening-lists', { ...bodyOf(workbook, shown.sums), digest: shown.digest, ...more })
  const act = (as: string, openingId: string, what: string, body: object) => post(as, `/api/opening-lists/${openingId}/${what}`, body)
  return {
    server, register, householdIds, maker, checker, fileOf, preview, propose, act, bodyOf, NOTHING,
    noOf: (at: number): string => byId.get(householdIds[at] ?? '')?.householdNo ?? '',
    unitOf: (at: number): [string, string] => {
      const unit = byId.get(householdIds[at] ?? '')?.leases[0]?.unit
      return [unit?.building.name ?? '', unit?.roomNo ?? '']
    },
    /** Proposed by one and signed by another. */
    async take(workbook: string): Promise<string> {
      const shown = await preview(workbook)
      expect(shown.errors).toEqual([])
      const made = await propose(workbook, shown)
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      const { openingId } = made.body as { openingId: string }
      expect(await act(checker, openingId, 'decision', { decision: 'sign' })).toMatchObject({ status: 200 })
      return openingId
    },
    /** Balances that are not zero, by account. */
    async books(): Promise<Record<string, number>> {
      const sums: Record<string, number> = {}
      for (const { account, balanceFen } of await balances(server.db.read, ['jh'], '2099-12-31')) sums[account] = (sums[account] ?? 0) + balanceFen
      return Object.fromEntries(Object.entries(sums).filter(([, fen]) => fen !== 0))
    },
  }
}
export type OpeningRig = Awaited<ReturnType<typeof startOpening>>
