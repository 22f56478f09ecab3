import { expect, it } from 'vitest'
import type { ChannelFault } from '../../../../firmware-sim/channel/channel-faults.js'
import { addDays } from '../../../../server/household/civil-date-rules.js'
import { verifyLedger } from '../../../../server/ledger/ledger-service.js'
import { createBankService } from '../../../../server/reconciliation/bank/bank-service.js'
import { createSettlementPosting } from '../../../../server/reconciliation/bank/settlement-posting.js'
import { movableClock, sandboxDay } from './sandbox-day.js'

const at = (date: string, time = '10:00:00'): number => Date.parse(`${date}T${time}+08:00`)
const MONDAY = '2026-09-21'
const CHANNELS = ['wechat', 'alipay'] as const

it('what a fund bill moves otherwise than the trade bill says is told class by class, and nothing else is', async () => {
  const clock = movableClock(at(MONDAY))
  const day = await sandboxDay(clock)
  for (const name of CHANNELS) {
    const paid = (number: string, fen: number, ...faults: ChannelFault[]) => day.paid(name, `RT-${name}-${number}`, fen, { faults })
    await paid('good', 10_000)
    await paid('missing', 10_001, 'fund-row-missing')
    await paid('short', 10_002, 'fund-row-short')
    await paid('fee', 10_003, 'fund-row-fee')
    await paid('late', 10_004, 'fund-row-late')
    await paid('number', 10_005, 'fund-row-renumbered')
    await paid('unlisted', 10_006, 'bill-row-unlisted')
  }
  await day.refund('alipay', 'RT-alipay-good', 'RF-short', 100, 10_000, ['fund-row-short'])
  await day.refund('alipay', 'RT-alipay-number', 'RF-number', 100, 10_005, ['fund-row-renumbered'])
  day.sandbox.fault(MONDAY, 'fund-extra-row', 'fund-extra-refund', 'bill-chargeback')
  await day.fetch.fetchDay('maker', MONDAY)
  const digits = MONDAY.replaceAll('-', '')
  // What is taken back names the last of the day.
  const of = (name: string, last: string): string[] => [
    `CHANNEL_ONLY_UNKNOWN XF${digits}0000009999`, `CHARGEBACK CBRT-${name}-${last}`, `FEE_MISMATCH RT-${name}-fee`, `REFUND_CHANNEL_ONLY RX${digits}`, `SETTLEMENT_MISSING RT-${name}-missing`,
    `SETTLEMENT_MISSING RT-${name}-late`, `SETTLEMENT_OVER RT-${name}-unlisted`, `SETTLEMENT_SHORT RT-${name}-short`,
  ]
  const told = async (date: string): Promise<string[]> => (await day.cases()).filter(({ bizDate, state }) => bizDate === date && state !== 'cleared')
    .map(({ classCode, reference, state }) => `${classCode} ${reference}${state === 'open' ? '' : ` ${state}`}`).sort()
  // The trade bill does not list what we have as paid, and lists refunds that we have not.
  const first = ['LOCAL_ONLY RT-wechat-unlisted', 'LOCAL_ONLY RT-alipay-unlisted', 'REFUND_CHANNEL_ONLY RF-short', 'REFUND_CHANNEL_ONLY RF-number']
  expect(await told(MONDAY)).toEqual([...of('wechat', 'unlisted'), ...of('alipay', 'number'), ...first, 'SETTLEMENT_OVER RF-short'].sort())
  const tuesday = addDays(MONDAY, 1)
  clock.setTo(at(tuesday))
  for (const name of CHANNELS) await day.paid(name, `RT-${name}-next`, 20_000)
  await day.fetch.fetchDay('maker', tuesday)
  expect(await told(tuesday)).toEqual(CHANNELS.map((name) => `MATCHED_NEXT_DAY RT-${name}-late auto`).sort())
  expect((await told(MONDAY)).filter((one) => one.includes('-late'))).toEqual(CHANNELS.map((name) => `MATCHED_NEXT_DAY RT-${name}-late auto`).sort())
  const gaps = await Promise.all([MONDAY, tuesday].flatMap((date) => CHANNELS.flatMap((name) => ['trade', 'fund'].map(async (kind) => (await day.batchOf(name, date, kind))?.figures?.gapFen))))
  expect(gaps).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
})

it('what the bank is credited otherwise than the bills say is told by its class, and posted only where it is right', async () => {
  const FAULTS: ReadonlyArray<ChannelFault | null> = [
    null, 'settle-short', 'settle-fee', 'settle-late', 'settle-missing', 'settle-merged', null, 'settle-twice', 'settle-unknown',
  ]
  const clock = movableClock(at(MONDAY))
  const day = await sandboxDay(clock, ['wechat'])
  const { db, work, change, files } = day
  const [account, merchantId] = ['6222-0001', day.sandbox.wechat.merchantId]
  await db.transact((tx) => tx.reconMerchant.create({ data: { channel: 'wechat', merchantId, feePpm: null, bankAccount: account, settleDays: 1, setBy: 'c', setAtMs: 1n } }))
  const settled = createSettlementPosting({ read: db.read, change, work })
  const bank = createBankService({ read: db.read, change, work, files, holidays: async () => new Map(), runtime: { clock, settled, suggest: async () => 0 } })
  const dates = FAULTS.map((_, at) => addDays(MONDAY, at))
  for (const [index, fault] of FAULTS.entries()) {
    const date = dates[index] as string
    clock.setTo(at(date))
    await day.paid('wechat', `RT-${fault ?? 'right'}-${index}`, 10_000 + index * 100)
    if (fault !== null) day.sandbox.fault(`wechat-${date}`, fault)
    await day.fetch.fetchDay('maker', date)
  }
  const serial = (index: number, part: string | number): string => `BK${dates[index]?.replaceAll('-', '')}W${part}`
  const look = async (date: string): Promise<string[]> => {
    clock.setTo(at(date))
    const text = await (await fetch(`${day.sandbox.origin}/sandbox/bank/${date}`)).text()
    async function* bytes(): AsyncGenerator<Uint8Array> { yield Buffer.from(text) }
    await bank.upload('maker', account, `${date}.csv`, bytes())
    await bank.match('maker')
    return (await day.cases()).filter(({ state }) => state === 'open').map(({ classCode, reference }) => `${classCode} ${reference}`).sort()
  }
  const lasting = [
    `BANK_SUSPENSE ${serial(8, 'X')}`, `SETTLEMENT_MISSING ${merchantId} ${dates[4]}`, `SETTLEMENT_OVER ${serial(7, 1)}`, `SETTLEMENT_SHORT ${serial(1, 1)}`, `SETTLEMENT_SHORT ${serial(2, 1)}`,
  ]
  expect(await look(addDays(MONDAY, 11))).toEqual([...lasting, `SETTLEMENT_MISSING ${merchantId} ${dates[3]}`].sort())
  // The late one comes, and is right.
  expect(await look(addDays(MONDAY, 15))).toEqual([...lasting].sort())

  const books = async () => {
    const rows = await db.read.$queryRawUnsafe<Array<{ causeRef: string; cause: string; debit: string; credit: string; fen: bigint }>>(
      `SELECT j."causeRef", j."cause", t."debit", t."credit", t."amountFen" AS "fen" FROM "LedgerJournal" j JOIN "LedgerTransfer" t ON t."seq" = j."seq" ORDER BY j."causeRef", j."cause"`)
    return rows.map(({ causeRef, cause, debit, credit, fen }) => [causeRef.split(':').slice(2).join(' '), cause, debit, credit, Number(fen)])
  }
  const feeOf = (fen: number): number => Math.floor(fen * 0.006 + 0.5)
  const right = [0, 3, 5, 6, 8].flatMap((index) => {
    const fen = 10_000 + index * 100
    return [
      [`${dates[index]} jh`, 'fee-charged', 'fee-claim', 'transit-wechat', feeOf(fen)], [`${dates[index]} jh`, 'settled', 'bank', 'transit-wechat', fen - feeOf(fen)],
    ]
  })
  expect(await books()).toEqual(right)
  clock.setTo(clock.wallMs() + 60_000)
  await bank.match('maker')
  expect(await books()).toEqual(right)

  // A second credit for the first day: it is open again, and what was posted for it is taken back; explained by the bank, it is posted once more.
  await db.transact((tx) => tx.reconBankLine.create({ data: {
    bankAccount: account, serial: 'BK-AGAIN', date: addDays(MONDAY, 2), fen: 1n, payer: '财付通', memo: `${merchantId}-${MONDAY.replaceAll('-', '')}结算款`, fileHash: '0', addedBy: 'm', addedAtMs: 1n,
  } }))
  clock.setTo(clock.wallMs() + 60_000)
  await bank.match('maker')
  const back = [[`${MONDAY} jh 2`, 'fee-returned', 'transit-wechat', 'fee-claim', 60], [`${MONDAY} jh 2`, 'settled', 'transit-wechat', 'bank', 9_940]]
  expect((await books()).slice(0, 4)).toEqual([...right.slice(0, 2), ...back])
  await db.transact((tx) => tx.reconBankLine.delete({ where: { bankAccount_serial: { bankAccount: account, serial: 'BK-AGAIN' } } }))
  clock.setTo(clock.wallMs() + 60_000)
  await bank.match('maker')
  expect((await books()).slice(4, 6)).toEqual([[`${MONDAY} jh 3`, 'fee-charged', 'fee-claim', 'transit-wechat', 60], [`${MONDAY} jh 3`, 'settled', 'bank', 'transit-wechat', 9_940]])
  expect(await verifyLedger(db.read)).toMatchObject({ brokenAtSeq: null, wrongSums: 0 })
})
