import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { ChannelFault } from '../../../../firmware-sim/channel/channel-faults.js'
import { addDays } from '../../../../server/household/civil-date-rules.js'
import { balances, verifyLedger } from '../../../../server/ledger/ledger-service.js'
import { createBankService } from '../../../../server/reconciliation/bank/bank-service.js'
import { createHeldDifferences } from '../../../../server/reconciliation/bank/held-differences.js'
import { createSettlementPosting } from '../../../../server/reconciliation/bank/settlement-posting.js'
import { createCarryOut } from '../../../../server/reconciliation/case/carry-out.js'
import { createCaseService } from '../../../../server/reconciliation/case/case-service.js'
import { createStatementService } from '../../../../server/reconciliation/close/statement-service.js'
import { createBankStatementService } from '../../../../server/reconciliation/statement/bank-statement-service.js'
import { systemRandom } from '../../../../gateway/kernel/random.js'
import { createPaymentViews } from '../../../../server/payment/payment-views.js'
import { createSuspenseService } from '../../../../server/payment/suspense-service.js'
import { systemIds } from '../../support/temp-database.js'
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

/** Days of a merchant at the sandbox, one payment each, whose settlements the bank has with these faults; and what matches them. */
async function bankDays(faults: ReadonlyArray<ChannelFault | null>) {
  const clock = movableClock(at(MONDAY))
  const day = await sandboxDay(clock, ['wechat'])
  const { db, work, change, files, fetch: bills, batches, channels } = day
  const [account, merchantId] = ['6222-0001', day.sandbox.wechat.merchantId]
  await db.transact((tx) => tx.reconMerchant.create({ data: { channel: 'wechat', merchantId, feePpm: null, bankAccount: account, settleDays: 1, setBy: 'c', setAtMs: 1n } }))
  const settled = createSettlementPosting({ read: db.read, change, work })
  const held = createHeldDifferences({ read: db.read, change, clock, ids: systemIds, log: pino({ level: 'silent' }), settled })
  const bank = createBankService({
    read: db.read, change, work, files, holidays: async () => new Map(), runtime: { clock, settled, settleHeld: held.settleAll, suggest: async () => 0 },
  })
  const none = async (): Promise<never> => { throw new Error('nothing of the kind was agreed on') }
  const carryOut = createCarryOut({ channels, batches, fetch: bills, held, alarm: none, payments: { takePayment: none, reversePayment: none, proposeRefund: none, refundTold: none } })
  const cases = createCaseService({ read: db.read, change, carryOut, held, holidays: async () => new Map(), runtime: { clock, log: pino({ level: 'silent' }) } })
  const dates = faults.map((_, index) => addDays(MONDAY, index))
  for (const [index, fault] of faults.entries()) {
    const date = dates[index] as string
    clock.setTo(at(date))
    await day.paid('wechat', `RT-${fault ?? 'right'}-${index}`, 10_000 + index * 100)
    // What the channel's own balance is short of does not reach the bank either.
    if (fault === 'fund-row-short') day.sandbox.fault(`RT-${fault}-${index}`, fault)
    if (fault !== null) day.sandbox.fault(`wechat-${date}`, fault === 'fund-row-short' ? 'settle-short' : fault)
    await bills.fetchDay('maker', date)
  }
  return {
    day, clock, account, merchantId, dates, bank, cases, held,
    /** Takes in what the bank has until a day and matches it. @returns what is open */
    async look(date: string): Promise<string[]> {
      clock.setTo(at(date))
      const text = await (await fetch(`${day.sandbox.origin}/sandbox/bank/${date}`)).text()
      async function* bytes(): AsyncGenerator<Uint8Array> { yield Buffer.from(text) }
      await bank.upload('maker', account, `${date}.csv`, bytes())
      await bank.match('maker')
      return (await day.cases()).filter(({ state }) => state === 'open').map(({ classCode, reference }) => `${classCode} ${reference}`).sort()
    },
  }
}

it('what the bank is credited otherwise than the bills say is told by its class, and posted only where it is right', async () => {
  const { day, clock, account, merchantId, dates, bank, look } = await bankDays([
    null, 'settle-short', 'settle-fee', 'settle-late', 'settle-missing', 'settle-merged', null, 'settle-twice', 'settle-unknown', 'settle-split', 'settle-over',
  ])
  const { db } = day
  const serial = (index: number, part: string | number): string => `BK${dates[index]?.replaceAll('-', '')}W${part}`
  const lasting = [
    `BANK_SUSPENSE ${serial(8, 'X')}`, `SETTLEMENT_MISSING ${merchantId} ${dates[4]}`, `SETTLEMENT_OVER ${serial(7, 1)}`, `SETTLEMENT_OVER ${serial(10, 1)}`, `SETTLEMENT_SHORT ${serial(1, 1)}`, `SETTLEMENT_SHORT ${serial(2, 1)}`,
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
  const right = [0, 3, 5, 6, 8, 9].flatMap((index) => {
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

it('a settlement that is short, over or missing stands in suspense once it is agreed on, until the bank explains it or two persons do (it posted nothing)', async () => {
  const { day: { db, change }, clock, account, merchantId, dates, bank, cases, look } = await bankDays(['settle-short', 'settle-over', 'settle-missing', 'settle-unknown'])
  await look(addDays(MONDAY, 7))
  const net = (index: number): number => 10_000 + index * 100 - Math.floor((10_000 + index * 100) * 0.006 + 0.5)
  const caseOf = (classCode: string) => db.read.reconCase.findFirstOrThrow({ where: { classCode } })
  const balance = async (account: string): Promise<number> => (await balances(db.read, null, '2099-12-31')).filter((row) => row.account === account).reduce((sum, row) => sum + row.balanceFen, 0)
  const suspense = createSuspenseService({ read: db.read, change, random: systemRandom, send: async () => undefined })
  const views = createPaymentViews({ read: db.read })
  const items = async () => (await views.suspense(null)).map(({ cause, fen }) => `${cause} ${fen}`).sort()
  const statement = () => createBankStatementService({ read: db.read }).at(account, '2099-12-31')
  const agree = async (classCode: string, action: 'suspend' | 'claim' | 'accept' = 'suspend') => {
    const { caseId } = await caseOf(classCode)
    expect(await cases.propose('maker', [caseId], { action, reason: '差额' }, null)).toMatchObject([{ problem: null }])
    expect(await cases.approve('maker', [caseId], null)).toMatchObject([{ problem: 'maker' }])
    expect(await cases.approve('checker', [caseId], null)).toMatchObject([{ state: 'approved', problem: null }])
    return caseId
  }
  const rightFen = net(3)
  expect([await balance('suspense'), await balance('bank'), await items()]).toEqual([0, rightFen, []])

  const shortId = await agree('SETTLEMENT_SHORT')
  expect([await balance('suspense'), await balance('bank'), await items()]).toEqual([-1, rightFen + net(0) - 1, ['settlement-short -1']])
  expect(await db.read.ledgerJournal.findFirstOrThrow({ where: { cause: 'difference-held' } })).toMatchObject({ causeRef: `${shortId}:1`, bizDate: dates[1], estateId: '*' })
  const overId = await agree('SETTLEMENT_OVER', 'claim')
  await agree('SETTLEMENT_MISSING')
  const creditId = await agree('BANK_SUSPENSE')
  const all = ['bank-credit 12480', `settlement-missing ${-net(2)}`, 'settlement-over 1', 'settlement-short -1']
  expect([await items(), await balance('suspense'), await balance('bank')]).toEqual([all, 12_480 - net(2), rightFen + net(0) + net(1) + 12_480])
  const ageing = await createStatementService({ read: db.read, clock, suspense: views.suspense }).suspenseAging(null)
  expect([ageing.rows.reduce((sum, row) => sum + row.fen, 0), ageing.items.find((item) => item.cause === 'settlement-short')?.days]).toEqual([12_480 - net(2), 6])
  expect(await statement()).toMatchObject({ leftFen: 0, bankOnly: [], bookOnly: [] })

  // Looked at again nothing moves; opened again it is taken out, and back in by another agreement.
  const journals = () => db.read.ledgerJournal.count()
  const before = await journals()
  clock.setTo(clock.wallMs() + 60_000)
  await bank.match('maker')
  expect(await journals()).toBe(before)
  await cases.reopen('checker', shortId, '再查')
  expect([await balance('suspense'), await balance('bank')]).toEqual([12_481 - net(2), rightFen + net(1) + 12_481])
  expect(await items()).toEqual(all.slice(0, 3))
  await agree('SETTLEMENT_SHORT', 'accept')
  expect([await items(), await balance('bank')]).toEqual([all, rightFen + net(0) + net(1) + 12_480])

  // The missing one comes after all: nobody has to do anything.
  await db.transact((tx) => tx.reconBankLine.create({ data: {
    bankAccount: account, serial: 'BK-CAME', date: addDays(MONDAY, 7), fen: BigInt(net(2)), payer: '财付通', memo: `${merchantId}-${dates[2]?.replaceAll('-', '')}结算款`, fileHash: '0', addedBy: 'm', addedAtMs: 1n,
  } }))
  clock.setTo(clock.wallMs() + 60_000)
  await bank.match('maker')
  expect([await items(), await balance('suspense'), (await caseOf('SETTLEMENT_MISSING')).state]).toEqual([all.filter((item) => !item.includes('missing')), 12_480, 'cleared'])
  expect(await balance('transit-wechat')).toBe(-[0, 1, 2, 3].reduce((sum, index) => sum + 10_000 + index * 100, 0))

  // What came short one day and over on another explain each other, by two persons; that stays.
  const idOf = async (cause: string) => (await db.read.suspenseItem.findFirstOrThrow({ where: { cause, state: 'open' } })).suspenseId
  const [short, over] = [await idOf('settlement-short'), await idOf('settlement-over')]
  await expect(suspense.propose('maker', short, { kind: 'return', reason: '退回' })).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE', details: { field: 'kind' } })
  await expect(suspense.propose('maker', short, { kind: 'offset', suspenseId: await idOf('bank-credit') })).rejects.toMatchObject({ code: 'SV_PAYMENT_SUSPENSE', details: { field: 'suspenseId' } })
  await suspense.propose('maker', short, { kind: 'offset', suspenseId: over })
  await expect(suspense.decide('maker', short, 'approve')).rejects.toMatchObject({ code: 'SV_PAYMENT_REFUND_SELF' })
  await suspense.decide('checker', short, 'approve')
  expect([await items(), await balance('suspense')]).toEqual([['bank-credit 12480'], 12_480])
  for (const caseId of [shortId, overId]) await expect(cases.reopen('checker', caseId, '再查')).rejects.toMatchObject({ code: 'SV_RECON_CASE' })
  await cases.reopen('checker', creditId, '再查')
  expect([await items(), await balance('suspense')]).toEqual([[], 0])
  expect([await statement(), await verifyLedger(db.read)]).toMatchObject([{ leftFen: 0, bookOnly: [] }, { brokenAtSeq: null, wrongSums: 0 }])
})

it('what the fund bill is short of and the bank then does not bring stands in suspense once, whichever is agreed on first', async () => {
  const { day: { db }, clock, bank, cases, look } = await bankDays(['fund-row-short', 'fund-row-short'])
  await look(addDays(MONDAY, 4))
  const open = await db.read.reconCase.findMany({ where: { classCode: 'SETTLEMENT_SHORT', state: 'open' }, orderBy: { bizDate: 'asc' } })
  const of = (bizDate: string, isFund: boolean): string => open.find((one) => one.bizDate === bizDate && (one.batchNo !== null) === isFund)?.caseId ?? ''
  const net = (fen: number): number => fen - Math.floor(fen * 0.006 + 0.5)
  const balance = async (account: string) => (await balances(db.read, null, '2099-12-31')).filter((row) => row.account === account).reduce((sum, row) => sum + row.balanceFen, 0)
  const agree = async (caseId: string): Promise<void> => {
    await cases.propose('maker', [caseId], { action: 'suspend', reason: '差额' }, null)
    expect(await cases.approve('checker', [caseId], null)).toMatchObject([{ state: 'approved', problem: null }])
  }
  for (const isFund of [true, false]) await agree(of(MONDAY, isFund))
  expect([await balance('suspense'), await balance('bank')]).toEqual([-1, net(10_000) - 1])
  for (const isFund of [false, true]) await agree(of(addDays(MONDAY, 1), isFund))
  clock.setTo(clock.wallMs() + 60_000)
  await bank.match('maker')
  expect([await balance('suspense'), await balance('bank')]).toEqual([-2, net(10_000) + net(10_100) - 2])
  // Nothing was posted by orders here: what the channel passed on is all that stands in transit.
  expect(await balance('transit-wechat')).toBe(-20_100)
  const items = await db.read.suspenseItem.findMany({ where: { state: 'open' } })
  expect(items.reduce((sum, one) => sum + Number(one.fen), 0)).toBe(-2)
  expect(await verifyLedger(db.read)).toMatchObject({ brokenAtSeq: null, wrongSums: 0 })
})
