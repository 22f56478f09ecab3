import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alipayAccountBill } from '../../../../firmware-sim/channel/alipay-bills.js'
import type { BillEntry } from '../../../../firmware-sim/channel/bill-day.js'
import { loadBill } from '../../../../server/reconciliation/batch/load-bill.js'
import type { BillRow } from '../../../../server/reconciliation/file/bill-row.js'
import type { FundRow } from '../../../../server/reconciliation/file/fund-row.js'
import { readAlipayBill, readAlipayFundBill, readWechatBill } from '../../../../server/reconciliation/file/open-bill.js'
import { groupsOfRows } from '../../../../server/reconciliation/fund/fund-groups.js'
import { fundDifferences } from '../../../../server/reconciliation/fund/fund-rules.js'
import { type FundOutcome, matchFund } from '../../../../server/reconciliation/fund/match-fund.js'
import { DATE, SELLER, alipayZip, payment, refund, trade, wechatFundText, wechatText, writeFiles } from '../bill-samples.js'
import { MERCHANT, type ReconRig, poolOf, putOrder, putRefund, reconRig } from '../batch/recon-rig.js'

type Channel = 'wechat' | 'alipay'
const MERCHANTS = { wechat: MERCHANT, alipay: SELLER } as const
const SAMPLES = fileURLToPath(new URL('../../../../../shared/data/bills/', import.meta.url))
const NEXT_DAY = '2026-09-23'
let runs = 0

async function load(rig: ReconRig, channel: Channel, kind: 'trade' | 'fund', path: string, billDate = DATE) {
  const of = { channel, merchantId: MERCHANTS[channel], billDate, kind } as const
  const batchNo = await rig.batch(of)
  return { batchNo, bill: await loadBill(rig.bulk, { ...of, batchNo, path, sha1: null, feePpm: null }) }
}
type Loaded = Awaited<ReturnType<typeof load>>
const match = (rig: ReconRig, channel: Channel, trade: Loaded, fund: Loaded, billDate = DATE): FundOutcome =>
  matchFund(rig.bulk, { channel, merchantId: MERCHANTS[channel], billDate, pool: poolOf(billDate), tradeBatchNo: trade.batchNo, fundBatchNo: fund.batchNo, run: (runs += 1), atMs: runs })

/** Both bills of a day, as the channel writes them. */
async function day(rig: ReconRig, channel: Channel, traded: readonly BillEntry[], moved: readonly BillEntry[], billDate = DATE) {
  const [tradeFile, fundFile] = channel === 'wechat' ? ['t.csv', 'f.csv'] as const : ['t.csv.zip', 'f.csv.zip'] as const
  const files = await writeFiles(channel === 'wechat' ? { [tradeFile]: wechatText(traded), [fundFile]: wechatFundText(moved) }
    : { [tradeFile]: alipayZip(traded), [fundFile]: alipayAccountBill(moved, SELLER, billDate, 520_000) })
  const [of, fund] = [await load(rig, channel, 'trade', files[tradeFile] as string, billDate), await load(rig, channel, 'fund', files[fundFile] as string, billDate)]
  return { paths: [files[tradeFile] as string, files[fundFile] as string] as const, of, fund, outcome: match(rig, channel, of, fund, billDate), again: () => match(rig, channel, of, fund, billDate) }
}
/** Both bills row by row, without a database. */
async function rowsOf(channel: Channel, [tradeFile, fundFile]: readonly [string, string]): Promise<{ trades: BillRow[]; movements: FundRow[] }> {
  const [trades, movements]: [BillRow[], FundRow[]] = [[], []]
  const take = { trade: (rows: BillRow[]) => void trades.push(...rows), fund: (rows: FundRow[]) => void movements.push(...rows) }
  if (channel === 'wechat') for (const path of [tradeFile, fundFile]) await readWechatBill(path, take)
  else {
    await readAlipayBill(tradeFile, take.trade)
    await readAlipayFundBill(fundFile, take.fund)
  }
  return { trades, movements }
}
/** Fund bill less trade bill, as their own totals say; and what of it was told. */
function gap({ of, fund, outcome }: Awaited<ReturnType<typeof day>>): number {
  const { inFen = 0, outFen = 0 } = fund.bill.fund ?? {}
  const told = Object.values(outcome.classes).reduce((sum, { differenceFen }) => sum + differenceFen, 0)
  return inFen - outFen - outcome.ownFen - ((of.bill.trade?.netFen ?? 0) - outcome.voidedFen) - told
}
const byName = (a: string, b: string): number => (a.replace(/ -?\d+$/, '') < b.replace(/ -?\d+$/, '') ? -1 : 1)
const told = async (rig: ReconRig) => (await rig.cases()).filter(({ state }) => state !== 'cleared').map(({ classCode, reference, differenceFen }) => `${classCode} ${reference} ${differenceFen}`)

describe('a trade bill beside the fund bill of its day', () => {
  const everyRow = async (rig: ReconRig, channel: Channel): Promise<void> => {
    const t = (number: number) => trade(channel, number, 9_999 + number, `10:00:${String(number).padStart(2, '0')}`)
    const [same, missing, short, over, fee, free] = [t(1), t(2), t(3), t(4), t(5), t(6)]
    const [unlisted, unknown, other, back, backMissing, backShort] = [t(7), t(8), t(9), t(10), t(11), t(12)]
    const traded = [
      ...[same, missing, short, over, fee, free, other, back, backMissing, backShort].map(payment), refund(same, 1, 100), refund(back, 2, 200), refund(backMissing, 3, 300), refund(backShort, 4, 400),
    ]
    const renumbered = { ...other, transactionId: `9${other.transactionId?.slice(1)}` }
    const moved = [
      payment(same), { ...payment(short), fen: short.totalFen - 1 }, { ...payment(over), fen: over.totalFen + 2, feeFen: payment(over).feeFen + 3 }, { ...payment(fee), feeFen: payment(fee).feeFen + 2 },
      { ...payment(free), feeFen: 0 }, payment(unlisted), payment(unknown), payment(renumbered), payment(back), payment(backMissing), payment(backShort),
      refund(same, 1, 100), refund(back, 2, 200), { ...refund(backShort, 4, 400), fen: 399 }, refund(unknown, 9, 900),
    ]
    await rig.db.transact((tx) => putOrder(tx, {
      outTradeNo: unlisted.outTradeNo, fen: unlisted.totalFen, transactionId: unlisted.transactionId, createdAtMs: unlisted.createdAtMs, paidAtMs: unlisted.paidAtMs, channel,
      merchantId: MERCHANTS[channel],
    }))
    const both = await day(rig, channel, traded, moved)
    expect(await told(rig)).toEqual([
      `CHANNEL_ONLY_UNKNOWN ${unknown.outTradeNo} ${10_007 - 60}`, `FEE_MISMATCH ${fee.outTradeNo} -2`, `FEE_MISMATCH ${free.outTradeNo} 60`,
      `REFUND_CHANNEL_ONLY RF20260922000009 ${5 - 900}`, `SETTLEMENT_MISSING ${missing.outTradeNo} ${60 - 10_001}`, `SETTLEMENT_MISSING RF20260922000003 ${300 - 2}`,
      `SETTLEMENT_OVER ${over.outTradeNo} -1`, `SETTLEMENT_OVER ${unlisted.outTradeNo} ${10_006 - 60}`, `SETTLEMENT_OVER RF20260922000004 1`, `SETTLEMENT_SHORT ${short.outTradeNo} -1`,
    ].sort(byName))
    expect(gap(both)).toBe(0)
    expect((await rig.db.read.reconCase.findMany({ where: { estateId: { not: '*' } } })).map(({ reference, estateId }) => [reference, estateId])).toEqual([[unlisted.outTradeNo, 'jh']])
    const stored = await rig.cases()
    expect(both.again()).toEqual(both.outcome)
    expect(await rig.cases()).toEqual(stored)
  }

  it('has a movement for every row and a row for every movement, or names them; of any day that adds up to what the bills themselves say', async () => {
    const rig = await reconRig()
    for (const channel of ['wechat', 'alipay'] as const) {
      await everyRow(rig, channel)
      await rig.empty()
    }
    const FATES = ['same', 'missing', 'short', 'fee', 'alone', 'twice-traded', 'twice-moved', 'renumbered', 'failed'] as const
    await fc.assert(fc.asyncProperty(fc.constantFrom('wechat' as const, 'alipay' as const), fc.array(fc.record({
      fate: fc.constantFrom(...FATES), isRefund: fc.boolean(), fen: fc.integer({ min: 100, max: 99_999 }),
    }), { minLength: 1, maxLength: 20 }), async (channel, entries) => {
      await rig.empty()
      const [traded, moved]: [BillEntry[], BillEntry[]] = [[], []]
      for (const [at, { fate, isRefund, fen }] of entries.entries()) {
        const one = trade(channel, at + 1, fen)
        const made = isRefund ? refund(one, at + 1, fen - 50, fate === 'failed' && channel === 'wechat' ? 'abnormal' : 'succeeded') : payment(one)
        const other = { ...one, transactionId: `9${one.transactionId?.slice(1)}` }
        if (fate !== 'alone') traded.push(made)
        if (fate === 'twice-traded') traded.push(made)
        if (fate === 'twice-moved') moved.push(made)
        if (fate === 'missing' || (fate === 'failed' && at % 2 === 0)) continue
        moved.push(fate === 'short' ? { ...made, fen: made.fen - 1 } : fate === 'fee' ? { ...made, feeFen: made.feeFen + 1 } : fate === 'renumbered'
          ? { ...made, trade: other, refund: made.refund === null ? null : { ...made.refund, refundId: `9${made.refund.refundId.slice(1)}` } } : made)
      }
      const both = await day(rig, channel, traded, moved)
      expect(gap(both)).toBe(0)
      // The same as from files alone, which looks at every row.
      const { trades, movements } = await rowsOf(channel, both.paths)
      const nothing = { own: undefined, movedElsewhereFen: undefined, dueElsewhereFen: undefined }
      const alone = groupsOfRows(channel, trades, movements).flatMap((group) => fundDifferences(group, nothing))
      expect(await told(rig)).toEqual(alone.map(({ classCode, reference, differenceFen }) => `${classCode} ${reference} ${differenceFen}`).sort(byName))
      const wrong = entries.filter(({ fate }, at) => !['same', 'renumbered'].includes(fate) && !(fate === 'failed' && (at % 2 === 1))).length
      const voided = channel === 'wechat' ? entries.filter(({ fate, isRefund }, at) => fate === 'failed' && isRefund && at % 2 === 0).length : 0
      expect((await rig.cases()).length).toBe(wrong - voided)
    }), { numRuns: 12, seed: 20_261_123 })
  })

  const nextDay = async (rig: ReconRig): Promise<void> => {
    const at = Date.parse(`${NEXT_DAY}T00:00:01+08:00`)
    const [a, b] = [trade('wechat', 1, 10_000, '23:59:59'), trade('wechat', 2, 20_000)]
    const today = await day(rig, 'wechat', [payment(a), payment(b)], [payment(b)])
    expect(await told(rig)).toEqual([`SETTLEMENT_MISSING ${a.outTradeNo} -9940`])
    const later = await day(rig, 'wechat', [], [{ ...payment(a), atMs: at }], NEXT_DAY)
    expect(later.outcome.openDays).toEqual([DATE])
    expect([gap(later), await told(rig)]).toEqual([0, [`SETTLEMENT_MISSING ${a.outTradeNo} -9940`, `MATCHED_NEXT_DAY ${a.outTradeNo} 9940`]])
    today.again()
    expect(await told(rig)).toEqual([`MATCHED_NEXT_DAY ${a.outTradeNo} -9940`, `MATCHED_NEXT_DAY ${a.outTradeNo} 9940`])
    expect((await rig.cases()).map(({ state }) => state)).toEqual(['auto', 'auto'])
  }

  it('misses a movement of the next day until that bill comes; what comes back of a failed refund is explained by it, and what is taken back of a payment is not', async () => {
    const rig = await reconRig()
    await nextDay(rig)
    await rig.empty()
    const one = trade('wechat', 1, 10_000)
    const { 'f.csv': path } = await writeFiles({ 'f.csv': [
      '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号',
      `\`${DATE} 09:00:00,\`5030,\`1,\`退款,\`退款关闭,\`收入,\`1.00,\`101.00,\`system,\`,\`RF-failed`, `\`${DATE} 09:00:01,\`5031,\`2,\`退款,\`退款关闭,\`收入,\`2.00,\`103.00,\`system,\`,\`RF-done`,
      `\`${DATE} 09:00:02,\`${one.transactionId},\`3,\`交易,\`交易扣回,\`支出,\`3.00,\`100.00,\`system,\`,\`${one.outTradeNo}`,
      `\`${DATE} 09:00:03,\`1000,\`4,\`提现,\`提现,\`支出,\`50.00,\`50.00,\`system,\`,\`TX1`, `\`${DATE} 09:00:04,\`1001,\`5,\`扣除交易手续费,\`扣除交易手续费,\`支出,\`0.10,\`49.90,\`system,\`,\``,
      '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额', '`5,`2,`3.00,`3,`53.10', '',
    ].join('\r\n') })
    await rig.db.transact(async (tx) => {
      await putOrder(tx, { outTradeNo: one.outTradeNo, fen: 10_000, transactionId: one.transactionId, createdAtMs: one.createdAtMs - 86_400_000, paidAtMs: (one.paidAtMs ?? 0) - 86_400_000 })
      await putRefund(tx, { outRefundNo: 'RF-failed', outTradeNo: one.outTradeNo, fen: 100, state: 'abnormal', atMs: one.createdAtMs })
      await putRefund(tx, { outRefundNo: 'RF-done', outTradeNo: one.outTradeNo, fen: 200, state: 'succeeded', atMs: one.createdAtMs })
    })
    const { 't.csv': empty } = await writeFiles({ 't.csv': wechatText([]) })
    const [of, fund] = [await load(rig, 'wechat', 'trade', empty), await load(rig, 'wechat', 'fund', path)]
    const outcome = match(rig, 'wechat', of, fund)
    expect([outcome.ownFen, await told(rig)]).toEqual([-5_000, [
      `CHARGEBACK ${one.outTradeNo} -300`, 'FEE_MISMATCH 1001 -10', 'REFUND_MATCHED RF-failed 100', 'REFUND_STATUS_MISMATCH RF-done 200',
    ]])
  })

  it('of the samples has nothing apart', async (ctx) => {
    if (!existsSync(SAMPLES)) ctx.skip('the sample bills are not beside the project')
    const rig = await reconRig()
    for (const [channel, tradeFile, fundFile, ownFen] of [
      ['wechat', 'wechat/1900000109_ALL_2026-09-22.csv', 'wechat/1900000109_FUNDFLOW_BASIC_2026-09-22.csv', -500_000],
      ['alipay', 'alipay/20880211096256330156_20260922.trade.csv.zip', 'alipay/20880211096256330156_20260922.signcustomer.csv.zip', 0],
    ] as const) {
      const [of, fund] = [await load(rig, channel, 'trade', SAMPLES + tradeFile), await load(rig, channel, 'fund', SAMPLES + fundFile)]
      expect(match(rig, channel, of, fund)).toMatchObject({ classes: {}, voidedFen: 0, ownFen, openDays: [] })
    }
  })
})
