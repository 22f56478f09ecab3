import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { NO_FAULTS } from '../../firmware-sim/faults.js'
import { obey } from '../../firmware-sim/run/orders.js'
import { type SimulatedTill, createTill } from '../../firmware-sim/till/till.js'
import { createTillMemory } from '../../firmware-sim/till/till-memory.js'
import type { PaymentTakenV1 } from '../../gateway/contract/till-messages.js'
import { systemClock } from '../../gateway/kernel/clock.js'
import { createIdSource } from '../../gateway/kernel/ids.js'
import { silentLogger } from '../../gateway/kernel/log.js'
import { seededRandom, systemRandom } from '../../gateway/kernel/random.js'
import { type Pki, type TestBroker, createPki, startBroker } from './test-broker.js'

const ids = createIdSource({ clock: systemClock, random: systemRandom })
const ADDRESS = { estateId: 'e1', deviceKind: 'till', deviceId: 'till-1' } as const
const folder = mkdtempSync(join(tmpdir(), 'sim-till-'))
const HASH = 'a'.repeat(64)
const bill = (billId: string, openFen: number) => ({ billId, label: '公租房租金 2026-09', dueDate: '2026-09-10', openFen })

let pki: Pki
let broker: TestBroker
let till: SimulatedTill | undefined
beforeAll(async () => {
  pki = await createPki()
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(async () => {
  await till?.stop()
  await broker?.stop()
})

async function start(memory: string, households: readonly string[] = [], customerSeconds = 0): Promise<SimulatedTill> {
  const access = { url: `mqtts://127.0.0.1:${broker.port}`, ca: pki.ca, ...(await pki.issue(ADDRESS.deviceId)) }
  till = createTill({
    world: { clock: systemClock, ids, random: seededRandom(5), log: silentLogger }, memory: createTillMemory(join(folder, memory)),
    settings: { address: ADDRESS, access, heartbeatMs: 200, faults: NO_FAULTS, households, customerSeconds },
  })
  till.start()
  await broker.next('heartbeat')
  return till
}
const payments = () => broker.received.flatMap(({ kind, payload }) => (kind === 'paymentTaken' ? [payload as PaymentTakenV1] : []))
const confirm = (paymentId: string, number: number): void =>
  broker.send('paymentResult', ADDRESS, { v: 1, paymentId, outcome: 'recorded', reason: null, receipt: { number, epoch: 1, seq: number, hash: HASH } })
const until = async (done: () => boolean): Promise<void> => {
  for (let turn = 0; !done(); turn++) {
    if (turn > 1_000) throw new Error(`never happened: ${done.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const only = (device: SimulatedTill) => ({ cameras: [], controllers: [], readers: [], tills: [device], terminals: [] })

describe('till on a real broker', () => {
  it('keeps what it took until it is confirmed, over lost connections and power cuts, and prints each receipt once', async () => {
    broker = await startBroker(pki)
    const device = await start('memory')
    expect(['cash till-1 L-1 12480', 'card till-1 L-1 700 012345678901 b1'].map((line) => obey(only(device), line))).toEqual([undefined, undefined])
    await until(() => payments().length === 2)
    const [cash, card] = payments() as [PaymentTakenV1, PaymentTakenV1]
    expect([cash, card]).toMatchObject([
      { way: 'cash', fen: 12_480, billId: null, pos: null, lastNumber: 0 }, { way: 'pos', fen: 700, billId: 'b1', pos: { reference: '012345678901' }, lastNumber: 0 },
    ])
    confirm(cash.paymentId, 41)
    confirm(cash.paymentId, 41)
    await until(() => device.report().printed === 1)
    device.reboot()
    await until(() => payments().length === 3)
    expect(payments()[2]).toEqual(card)
    await device.stop()
    expect(device.report()).toMatchObject({ taken: 2, printed: 1, pending: 1, receipts: [{ number: 41 }] })
    const reborn = await start('memory')
    await until(() => payments().length === 4)
    confirm(card.paymentId, 42)
    await until(() => reborn.report().printed === 1)
    reborn.take({ householdNo: 'L-1', billId: null, fen: 1, pos: null })
    await until(() => payments().length === 5)
    expect(payments()[4]).toMatchObject({ fen: 1, lastNumber: 42 })
    broker.send('paymentResult', ADDRESS, { v: 1, paymentId: (payments()[4] as PaymentTakenV1).paymentId, outcome: 'refused', reason: 'other-content', receipt: null })
    await until(() => reborn.report().refused === 1)
    expect(reborn.report()).toMatchObject({ printed: 1, pending: 0 })
    expect(broker.broken).toEqual([])
  })

  it('asks for bills and codes, pays what is due first for whoever comes by, and checks a code until it is paid', async () => {
    broker = await startBroker(pki)
    const device = await start('people', ['L-7'], 0.05)
    await until(() => broker.received.some(({ kind }) => kind === 'billQuestion'))
    const question = broker.received.find(({ kind }) => kind === 'billQuestion')?.payload as { requestId: string; householdNo: string }
    expect(question.householdNo).toBe('L-7')
    broker.send('billList', ADDRESS, { v: 1, requestId: question.requestId, outcome: 'found', asOfMs: 1, bills: [bill('b1', 300), bill('b2', 500)], channels: [] })
    await until(() => payments().length > 0)
    expect(payments()[0]).toMatchObject({ householdNo: 'L-7', billId: 'b1', fen: 300 })
    expect(['code till-1 L-7 b2 wechat', 'ask till-1 L-7'].map((line) => obey(only(device), line))).toEqual([undefined, undefined])
    await until(() => broker.received.some(({ kind }) => kind === 'codeQuestion'))
    const order = { outTradeNo: 'RT0123456789', channel: 'wechat', fen: 500, codeText: 'weixin://x', remainingMs: 9_000 } as const
    const told = { v: 1, requestId: question.requestId, reason: null } as const
    broker.send('codeState', ADDRESS, { ...told, outcome: 'waiting', order, receipt: null })
    await until(() => broker.received.some(({ kind }) => kind === 'codeCheck'))
    for (let copy = 0; copy < 2; copy++) broker.send('codeState', ADDRESS, { ...told, outcome: 'paid', order: { ...order, codeText: null }, receipt: { number: 9, epoch: 1, seq: 9, hash: HASH } })
    await until(() => device.report().codes['paid'] === 2)
    expect(device.report()).toMatchObject({ printed: 1, receipts: [{ number: 9 }], codes: { waiting: 1, paid: 2 } })
    expect(broker.broken).toEqual([])
  })

  it('says what it does not understand, and keeps nothing that would break the contract', async () => {
    broker = await startBroker(pki)
    const device = await start('orders')
    const wrong = ['cash till-1', 'cash till-1 L-1 0', 'cash till-1 L-1 1.5', 'cash till-1 张三 100', 'card till-1 L-1 5 x', 'code till-1 L-1 b1 cash', 'ask till-1 13800001234', 'exit till-1 1']
    expect(wrong.map((line) => obey(only(device), line))).toEqual(wrong.map((line) => `not understood: ${line}`))
    expect(device.report()).toMatchObject({ taken: 0, pending: 0 })
  })
})
