import { expect } from 'vitest'
import { systemIds } from './temp-database.js'
import type { TestServer } from './test-server.js'

let made = 0
const hash = '0'.repeat(64)

/** Bills and differences as if a run had stored them. */
export function reconRegisterOf(server: TestServer) {
  const nowMs = (): bigint => BigInt(server.clock.wallMs())
  const reconCase = async (estateId: string, state: 'open' | 'proposed' | 'approved' = 'open', more: { riskFen?: bigint; classCode?: string } = {}): Promise<string> => {
    const caseId = systemIds.uuid()
    const proposal = { action: 'accept', reason: '已核实', makerId: systemIds.uuid(), atMs: 1, approvals: [] }
    await server.db.transact((tx) => tx.reconCase.create({ data: {
      caseId, caseKey: caseId, leg: 1, channel: 'wechat', merchantId: '1900000109', bizDate: '2026-09-01', estateId, classCode: 'LOCAL_ONLY', reference: `RT${caseId}`, riskFen: 100n,
      differenceFen: -100n, contentHash: hash, state, proposal: state === 'open' ? null : JSON.stringify(proposal), seenRun: 1, foundAtMs: nowMs(), changedAtMs: nowMs(), ...more,
    } }))
    return caseId
  }
  return {
    reconCase,
    /** The bill of a day of its own. */
    reconBatch: async (state: 'matched' | 'reviewed' | 'closed'): Promise<number> => {
      const { batchNo } = await server.db.transact((tx) => tx.reconBatch.create({ data: {
        channel: 'wechat', merchantId: `made-${(made += 1)}`, billDate: '2026-09-02', kind: 'trade', version: 1, state, source: 'upload', createdAtMs: nowMs(), changedAtMs: nowMs(),
      } }))
      return batchNo
    },
    /** A day of its own, closed as if by two others. */
    close: async (estateId: string, state: 'prepared' | 'closed' | 'reopen-proposed'): Promise<string> => {
      const closeId = systemIds.uuid()
      const period = `20${30 + Math.floor((made += 1) / 28) % 60}-01-${String(made % 28 + 1).padStart(2, '0')}`
      await server.db.transact((tx) => tx.financeClose.create({ data: {
        closeId, estateId, kind: 'day', period, state, preparedBy: systemIds.uuid(), preparedAtMs: nowMs(), holds: closeId,
        figures: JSON.stringify({ accounts: [], channels: [], debitFen: 0, creditFen: 0, problems: [], auditHash: null }),
        reopening: state === 'reopen-proposed' ? JSON.stringify({ by: systemIds.uuid(), atMs: 1, reason: '漏记一笔', agreedBy: null }) : null,
      } }))
      return closeId
    },
    shift: async (estateId: string, state: 'open' | 'counted'): Promise<string> => {
      const shiftId = systemIds.uuid()
      const counted = state === 'open' ? { openDesk: shiftId } : { expectedFen: 100n, countedFen: 90n, differenceFen: -10n, countedAtMs: nowMs() }
      await server.db.transact((tx) => tx.cashShift.create({ data: {
        shiftId, estateId, desk: shiftId, cashierId: systemIds.uuid(), bizDate: '2026-09-03', state, openingFen: 0n, openedAtMs: nowMs(), ...counted,
      } }))
      return shiftId
    },
    reconAttachment: async (estateId: string): Promise<string> => {
      const answer = await server.call('POST', `/api/reconciliation/cases/${await reconCase(estateId)}/attachments?name=a.csv&mediaType=text%2Fcsv`, {
        as: await server.as('cashier@*'), body: Buffer.from('a,b\n1,2\n'), headers: { 'content-type': 'application/octet-stream' },
      })
      expect(answer.status, JSON.stringify(answer.body)).toBe(201)
      return (answer.body as { attachmentId: string }).attachmentId
    },
  }
}
