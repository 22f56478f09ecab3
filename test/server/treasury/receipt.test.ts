import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { err } from '../../../gateway/kernel/result.js'
import { giveBack, takePayment } from '../../../server/billing/bill-register.js'
import { createFileReceipts } from '../../../server/treasury/file-receipts.js'
import type { ReceiptPlatform } from '../../../server/treasury/receipt-port.js'
import { createReceiptService } from '../../../server/treasury/receipt-service.js'
import { post } from '../../../server/ledger/ledger-service.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { issueBill } from '../payment/payment-rig.js'
import { systemIds, tempFolder } from '../support/temp-database.js'
import { TERMS } from '../http/access-table-treasury.js'
import { BANK, treasuryRig } from './treasury-rig.js'

async function start(platformOf?: (real: ReceiptPlatform) => ReceiptPlatform) {
  const rig = await treasuryRig()
  const path = join(await tempFolder(), 'receipts.jsonl')
  const real = createFileReceipts({ path, clock: rig.clock })
  const log = createRecordingLog()
  const receipts = createReceiptService({
    read: rig.db.read, change: rig.change, platform: platformOf?.(real) ?? real, termsOn: rig.vouchers.terms, payerOf: () => Promise.resolve('陈一'), runtime: { clock: rig.clock, ids: systemIds, log },
  })
  const pay = (billId: string, fen: number) => rig.change(null, async (one) => {
    const parts = await takePayment(one, { billId, fen })
    await post(one, [{ estateId: 'jh', causeRef: systemIds.uuid(), bizDate: '2026-01-04', memo: null, event: { kind: 'paid', into: BANK, parts, prepaid: null } }])
    return parts
  })
  const refund = (billId: string, parts: Awaited<ReturnType<typeof pay>>) => rig.change(null, async (one) => {
    await giveBack(one, { billId, parts })
    await post(one, [{ estateId: 'jh', causeRef: systemIds.uuid(), bizDate: '2026-01-04', memo: null, event: { kind: 'refunded', from: BANK, parts, handedOver: false } }])
  })
  const round = async () => [await receipts.readOn(), await receipts.sendDue()]
  const list = async () => (await rig.db.read.electronicReceipt.findMany({ orderBy: [{ billId: 'asc' }, { turn: 'asc' }, { kind: 'asc' }] }))
    .map((one) => `${one.billId} ${one.turn} ${one.kind} ${one.totalFen} ${one.state} ${one.billNo ?? '-'}`)
  const file = async () => (await readFile(path, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
  return { ...rig, path, real, log, receipts, pay, refund, round, list, file, bill: (billId: string, fen: number) => rig.db.transact((tx) => issueBill(tx, billId, fen)) }
}

describe('the receipt of a bill', () => {
  it('is given once all of it is paid, taken back by a red one on a refund, and given anew', async () => {
    const rig = await start()
    await rig.setTerms()
    await rig.bill('b1', 500)
    await rig.pay('b1', 200)
    expect(await rig.round()).toEqual([0, 0])
    const parts = await rig.pay('b1', 300)
    expect(await rig.round()).toEqual([1, 1])
    expect(await rig.round()).toEqual([0, 0])
    await rig.refund('b1', parts)
    expect(await rig.round()).toEqual([1, 1])
    await rig.pay('b1', 300)
    expect(await rig.round()).toEqual([1, 1])
    expect(await rig.list()).toEqual(['b1 1 issue 500 issued 0000000001', 'b1 1 reversal 500 issued 0000000002', 'b1 2 issue 500 issued 0000000003'])
    const [first, red] = await rig.file()
    expect(first).toMatchObject({
      placeCode: TERMS.receiptPlace, billBatchCode: TERMS.receiptBatch, busDate: '20260105', busTime: '080000', totalAmt: '5.00', relate: null,
      items: [{ itemCode: TERMS.itemCode, itemName: '租金', amt: '5.00' }],
    })
    expect(red).toMatchObject({ totalAmt: '-5.00', relate: { billBatchCode: TERMS.receiptBatch, billNo: '0000000001' }, items: [{ amt: '-5.00' }] })
    expect(first?.['random']).toMatch(/^\d{6}$/)
    expect(await rig.receipts.gaps()).toEqual([{ billBatchCode: TERMS.receiptBatch, issued: 3, gaps: [] }])
  })

  it('whose answer was lost is asked for again with the same number, and is one receipt', async () => {
    let lose = true
    const rig = await start((real) => ({ async issue(request) {
      const answer = await real.issue(request)
      if (!lose) return answer
      lose = false
      return err({ kind: 'later', problem: 'no answer' })
    } }))
    await rig.setTerms()
    await rig.bill('b1', 500)
    await rig.pay('b1', 500)
    expect(await rig.round()).toEqual([1, 0])
    await rig.clock.run(3_600_000)
    expect(await rig.round()).toEqual([0, 1])
    expect([await rig.list(), (await rig.file()).length]).toEqual([['b1 1 issue 500 issued 0000000001'], 1])
  })

  it('waits where the estate has no terms, and a refusal is said and not repeated', async () => {
    const rig = await start(() => ({ issue: () => Promise.resolve(err({ kind: 'refused', problem: 'E0001 票据代码不存在' })) }))
    await rig.bill('b1', 500)
    await rig.pay('b1', 500)
    expect(await rig.round()).toEqual([1, 0])
    expect(await rig.receipts.list({ estateIds: ['jh'] })).toMatchObject([{ state: 'queued', attempts: 1, problem: expect.stringContaining('not set') }])
    await rig.setTerms()
    await rig.clock.run(3_600_000)
    await rig.round()
    expect(await rig.receipts.list({ estateIds: null, state: 'failed' })).toMatchObject([{ problem: 'E0001 票据代码不存在' }])
    expect(rig.log.lines.filter((line) => line.level === 'error').length).toBe(1)
    await rig.clock.run(86_400_000)
    expect(await rig.round()).toEqual([0, 0])
  })

  it('keeps its number when the process died while it was written', async () => {
    const rig = await start()
    await rig.setTerms()
    const request = { busNo: 'n1', placeCode: 'p', billBatchCode: '44070126', billName: 'x', payer: '陈一', busDate: '20260105', busTime: '080000', totalAmt: '1.00', items: [], relate: null, remark: '' }
    expect(await rig.real.issue(request)).toMatchObject({ ok: true, value: { billNo: '0000000001' } })
    await appendFile(rig.path, '{"busNo":"n2","billBat')
    const again = createFileReceipts({ path: rig.path, clock: rig.clock })
    expect(await again.issue(request)).toMatchObject({ ok: true, value: { billNo: '0000000001' } })
    expect(await again.issue({ ...request, busNo: 'n3' })).toMatchObject({ ok: true, value: { billNo: '0000000002' } })
    expect(await createFileReceipts({ path: rig.path, clock: rig.clock }).issue({ ...request, busNo: 'n3' })).toMatchObject({ ok: true, value: { billNo: '0000000002' } })
  })
})
