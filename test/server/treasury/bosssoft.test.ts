import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFaultPlan } from '../../../firmware-sim/channel/channel-faults.js'
import { receiptRoutes } from '../../../firmware-sim/receipt/receipt-platform.js'
import { systemClock } from '../../../gateway/kernel/clock.js'
import { ok } from '../../../gateway/kernel/result.js'
import { giveBack, takePayment } from '../../../server/billing/bill-register.js'
import { post } from '../../../server/ledger/ledger-service.js'
import { type ChannelHttp, createChannelHttp } from '../../../server/payment/channel/channel-http.js'
import { createBosssoftReceipts, openBosssoft } from '../../../server/treasury/bosssoft-receipts.js'
import { readAnswer, requestBody } from '../../../server/treasury/bosssoft-wire.js'
import { createReceiptService } from '../../../server/treasury/receipt-service.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { issueBill } from '../payment/payment-rig.js'
import { systemIds, tempFolder } from '../support/temp-database.js'
import { TERMS } from '../http/access-table-treasury.js'
import { BANK, treasuryRig } from './treasury-rig.js'

const ACCOUNT = { region: '440700', deptCode: '001', appId: 'APP1', key: 'K1' }
const SETTINGS = { baseUrl: 'http://receipts.example/standard-web/api/standard', billCode: '0101', author: '财务科', region: '440700', deptCode: '001', appId: 'APP1' }

/** The receipts of a real ledger, given out by the sandbox's platform over its own routes. */
async function start() {
  const rig = await treasuryRig()
  const faults = createFaultPlan(3)
  const app = fastify()
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  void app.register(async (scope) => receiptRoutes(scope, { account: { region: '440700', deptcode: '001', appid: 'APP1', key: 'K1' }, clock: systemClock, faults }), { prefix: '/standard-web' })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  const platform = createBosssoftReceipts({
    account: ACCOUNT, settings: { ...SETTINGS, baseUrl: `${origin}/standard-web/api/standard` }, clock: rig.clock, ids: systemIds, http: createChannelHttp({ clock: systemClock, timeoutMs: 5_000 }),
  })
  const receipts = createReceiptService({
    read: rig.db.read, change: rig.change, platform, termsOn: rig.vouchers.terms, payerOf: () => Promise.resolve('陈一'), runtime: { clock: rig.clock, ids: systemIds, log: createRecordingLog() },
  })
  await rig.setTerms()
  await rig.db.transact((tx) => issueBill(tx, 'b1', 12_480))
  const paid = { into: BANK, prepaid: null } as const
  const pay = () => rig.change(null, async (one) => {
    const parts = await takePayment(one, { billId: 'b1', fen: 12_480 })
    await post(one, [{ estateId: 'jh', causeRef: systemIds.uuid(), bizDate: '2026-01-04', memo: null, event: { kind: 'paid', ...paid, parts } }])
    return parts
  })
  const refund = (parts: Awaited<ReturnType<typeof pay>>) => rig.change(null, async (one) => {
    await giveBack(one, { billId: 'b1', parts })
    await post(one, [{ estateId: 'jh', causeRef: systemIds.uuid(), bizDate: '2026-01-04', memo: null, event: { kind: 'refunded', from: BANK, parts, handedOver: false } }])
  })
  const round = async () => { await receipts.readOn(); return receipts.sendDue() }
  const there = async () => (await (await fetch(`${origin}/standard-web/sandbox/receipts`)).json()) as Array<Record<string, unknown>>
  const rows = async () => (await rig.db.read.electronicReceipt.findMany({ orderBy: [{ turn: 'asc' }, { kind: 'asc' }] })).map(({ kind, state, billNo }) => `${kind} ${state} ${billNo ?? '-'}`)
  return { ...rig, faults, platform, receipts, pay, refund, round, there, rows }
}

describe('receipts of a platform', () => {
  it('says what it wants in the published envelope, to the byte, and believes only a signed answer', () => {
    // printf 'region=440700&deptcode=001&appid=APP1&data=eyJhIjoxfQ==&noise=n1&key=K1&version=1.0' | md5sum
    const sign = '7361547463CFD28FA2734982CBF3F923'
    const body = `{"region":"440700","deptcode":"001","appid":"APP1","data":"eyJhIjoxfQ==","noise":"n1","version":"1.0","sign":"${sign}"}`
    expect(requestBody(ACCOUNT, { a: 1 }, 'n1')).toBe(body)
    // printf '{"result":"S0000","message":"eyJhIjoxfQ=="}' | base64; then md5sum as above
    const data = 'eyJyZXN1bHQiOiJTMDAwMCIsIm1lc3NhZ2UiOiJleUpoSWpveGZRPT0ifQ=='
    const answer = (sum: string) => JSON.stringify({ data, noise: 'n2', sign: sum })
    expect(readAnswer(ACCOUNT, answer('5FCF36EFE56FEC65493E90E0F298DEBC'))).toEqual({ code: 'S0000', fields: { a: 1 } })
    for (const bad of [answer('6FCF36EFE56FEC65493E90E0F298DEBC'), answer('5FCF36EFE56FEC65493E90E0F298DEBC').replace('n2', 'n3'), 'not json', '[]', '{}']) {
      expect(readAnswer(ACCOUNT, bad)).toBeUndefined()
    }
  })

  it('are given for a paid bill, taken back on its refund and given anew, each once though every answer is lost', async () => {
    const rig = await start()
    rig.faults.setRate('receipt-lost', 1)
    const parts = await rig.pay()
    // The first answer of each is lost; the next question finds it there.
    const given = async () => { const first = await rig.round(); await rig.clock.run(3_600_000); return [first, await rig.round()] }
    expect(await given()).toEqual([0, 1])
    await rig.refund(parts)
    expect(await given()).toEqual([0, 1])
    await rig.pay()
    expect(await given()).toEqual([0, 1])
    expect(await rig.rows()).toEqual(['issue issued 0000000001', 'reversal issued 0000000002', 'issue issued 0000000003'])
    expect((await rig.there()).map(({ billNo, totalAmt, red }) => [billNo, totalAmt, red])).toEqual([['0000000001', 124.8, '0000000002'], ['0000000002', -124.8, null], ['0000000003', 124.8, null]])
    const [{ billBatchCode, billNo, random, busNo } = {}] = await rig.there()
    expect(await rig.db.read.electronicReceipt.findFirst({ where: { turn: 1, kind: 'issue' } })).toMatchObject({ receiptNo: busNo, billBatchCode, billNo, checkCode: random, totalFen: 12_480n })
    expect((await rig.receipts.gaps()).map(({ issued, gaps }) => [issued, gaps])).toEqual([[3, []]])
  })

  it('that are refused, forged or not answered are said and asked for again, and nothing is written down as given', async () => {
    const rig = await start()
    const request = {
      busNo: 'n1', placeCode: TERMS.receiptPlace, billBatchCode: TERMS.receiptBatch, billName: TERMS.receiptName, payer: '陈一', busDate: '20260105', busTime: '080000', totalAmt: '1.00', relate: null,
      remark: '', items: [{ itemCode: TERMS.itemCode, itemName: '租金', amt: '2.00' }],
    }
    expect(await rig.platform.issue(request)).toEqual({ ok: false, error: { kind: 'later', problem: 'E0002 明细金额与总金额不一致' } })
    expect(await rig.platform.issue({ ...request, relate: { billBatchCode: 'x', billNo: '9' } })).toMatchObject({ ok: false, error: { kind: 'later', problem: expect.stringContaining('E0404') } })
    const body = JSON.stringify({ data: Buffer.from('{"result":"S0000","message":""}').toString('base64'), noise: 'n', sign: '0'.repeat(32) })
    const answering = (status: number): ChannelHttp => () => Promise.resolve(ok({ status, headers: new Headers(), body: Buffer.from(body) }))
    for (const status of [200, 502]) {
      const forged = createBosssoftReceipts({ account: ACCOUNT, settings: SETTINGS, clock: rig.clock, ids: systemIds, http: answering(status) })
      expect(await forged.issue(request)).toMatchObject({ ok: false, error: { kind: 'later' } })
    }
    expect(await rig.there()).toEqual([])
  })

  it('need a key that is its owner\'s alone', async () => {
    const keyFile = join(await tempFolder(), 'key')
    const open = () => openBosssoft({ ...SETTINGS, keyFile, timeoutMs: 1_000 }, { clock: systemClock, ids: systemIds })
    await expect(open()).rejects.toThrow('cannot be read')
    await writeFile(keyFile, 'K1\n', { mode: 0o600 })
    expect(await open()).toHaveProperty('issue')
    await chmod(keyFile, 0o640)
    await expect(open()).rejects.toThrow('chmod 600')
  })
})
