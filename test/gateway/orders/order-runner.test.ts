import { describe, expect, it } from 'vitest'
import type { Order } from '#contract/sync-orders.js'
import type { RecordBody } from '#contract/sync-records.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { gatewayError } from '../../../gateway/errors.js'
import { createOrderHandlers } from '../../../gateway/orders/order-handlers.js'
import { type OrderHandlers, type OrderOutcome, createOrderRunner } from '../../../gateway/orders/order-runner.js'
import type { GatewayStore } from '../../../gateway/store/types.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const OPERATOR = uuid(1, 0x0d)
const open = (number: number, change: object = {}): Order =>
  ({ kind: 'open-door.v1', orderId: uuid(number), remainingMs: 10_000, operatorRef: OPERATOR, gateId: 'gate-1', reason: 'visitor', ...change })
const revoke = (number: number): Order => ({ kind: 'revoke-device.v1', orderId: uuid(number), remainingMs: 86_400_000, operatorRef: OPERATOR, deviceId: 'cam-1' })

async function start(given?: GatewayStore, answer: (order: Order) => Promise<OrderOutcome | undefined> = async () => ({ outcome: 'done', reason: null })) {
  const bare = given ?? await openStore()
  const clock = createVirtualClock()
  const log = createRecordingLog()
  const begun: string[] = []
  let failAt: number | undefined
  let works = 0
  const store: GatewayStore = { ...bare, transact: (work) => (++works === failAt ? Promise.reject(gatewayError('GW_STORE_FULL')) : bare.transact(work)) }
  const handler = async (order: Order): Promise<OrderOutcome | undefined> => {
    // Whatever is begun must be on the disk before.
    const stage = await bare.transact((tx) => tx.beginOrder(order.orderId, order.kind))
    begun.push(`${order.kind} ${stage}`)
    return answer(order)
  }
  const handlers = Object.fromEntries(['open-door.v1', 'door-mode.v1', 'alarm.v1', 'revoke-device.v1', 'firmware.v1', 'claim-device.v1'].map((kind) => [kind, handler])) as unknown as OrderHandlers
  const stamp = createStamper({ clock, ids: createIdSource({ clock, random: seededRandom(1) }), bootId: uuid(1, 0xb) })
  const runner = createOrderRunner({ store, handlers, clock, stamp, log })
  const results = async (): Promise<unknown[]> => (await bare.recordsAfter(1, 0, 100)).map(({ payload }) => JSON.parse(payload) as RecordBody)
    .map((record) => (record.kind === 'order-result.v1' ? [record.orderId, record.outcome, record.reason] : record.kind))
  return { bare, clock, log, begun, runner, results, failNext: (nth: number) => void (failAt = works + nth), deadline: (ms = 5_000) => clock.monoMs() + ms }
}

describe('an order of the server', () => {
  it('is on the disk before it is begun, and its result is a record; the same again is nothing', async () => {
    const rig = await start()
    await rig.runner.run(open(1), rig.deadline())
    await rig.runner.run(open(1), rig.deadline())
    expect(rig.begun).toEqual(['open-door.v1 begun'])
    expect(await rig.results()).toEqual([[uuid(1), 'done', null]])
  })

  it('of a kind that a newer server has is refused by name, once, and nothing is begun', async () => {
    const rig = await start()
    const strange = { orderId: uuid(7), kind: 'sound-siren.v1', reason: 'unknown-kind' } as const
    await rig.runner.refuse(strange)
    await rig.runner.refuse(strange)
    await rig.runner.refuse({ orderId: null, kind: 'nonsense', reason: 'malformed' })
    expect([rig.begun, await rig.results()]).toEqual([[], [[uuid(7), 'refused', 'unknown-kind']]])
    expect(rig.log.lines.at(-1)).toMatchObject({ level: 'warn', fields: { kind: 'nonsense', reason: 'malformed' } })
  })

  it('that is given again while it is carried out is carried out once', async () => {
    let finish: (outcome: OrderOutcome) => void = () => undefined
    const rig = await start(undefined, () => new Promise((resolve) => (finish = resolve)))
    const first = rig.runner.run(open(1), rig.deadline())
    while (rig.begun.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await rig.runner.run(open(1), rig.deadline())
    finish({ outcome: 'refused', reason: 'controller-offline' })
    await first
    expect([rig.begun.length, await rig.results()]).toEqual([1, [[uuid(1), 'refused', 'controller-offline']]])
  })

  it('whose time is over is never begun', async () => {
    const rig = await start()
    await rig.runner.run(open(1), rig.clock.monoMs())
    await rig.runner.run(open(1), rig.deadline())
    expect([rig.begun, await rig.results()]).toEqual([[], [[uuid(1), 'expired', 'too-late']]])
  })

  it('whose time runs out while the disk is slow is not begun', async () => {
    const rig = await start()
    const deadline = rig.deadline(100)
    const slow = rig.runner.run(open(1), deadline)
    rig.clock.advance(100)
    await slow
    expect([rig.begun, await rig.results()]).toEqual([[], [[uuid(1), 'expired', 'too-late']]])
  })

  it('that a crash interrupted opens no door a second time; what may be repeated is', async () => {
    const store = await openStore()
    await store.transact(async (tx) => {
      await tx.beginOrder(uuid(1), 'open-door.v1')
      await tx.beginOrder(uuid(2), 'revoke-device.v1')
    })
    const rig = await start(store)
    await rig.runner.run(open(1), rig.deadline())
    await rig.runner.run(revoke(2), rig.deadline())
    expect(rig.begun).toEqual(['revoke-device.v1 begun'])
    expect(await rig.results()).toEqual([[uuid(1), 'no-answer', 'interrupted'], [uuid(2), 'done', null]])
  })

  it('that the disk does not take is not begun, and taken up when it is given again', async () => {
    const rig = await start()
    rig.failNext(1)
    await rig.runner.run(open(1), rig.deadline())
    expect([rig.begun, await rig.results()]).toEqual([[], []])
    await rig.runner.run(open(1), rig.deadline())
    expect([rig.begun.length, await rig.results()]).toEqual([1, [[uuid(1), 'done', null]]])
  })

  it('whose result the disk does not take is not carried out again for that: the result is written later', async () => {
    const rig = await start()
    rig.failNext(2)
    await rig.runner.run(open(1), rig.deadline())
    expect([rig.begun.length, await rig.results()]).toEqual([1, []])
    await rig.runner.run(open(1), rig.deadline())
    expect([rig.begun.length, await rig.results()]).toEqual([1, [[uuid(1), 'done', null]]])
  })

  it('that cannot be ended now has no result, and is taken up when it is given again', async () => {
    const outcomes: Array<OrderOutcome | undefined> = [undefined, { outcome: 'done', reason: null }]
    const rig = await start(undefined, async () => outcomes.shift())
    await rig.runner.run(revoke(1), rig.deadline())
    expect(await rig.results()).toEqual([])
    await rig.runner.run(revoke(1), rig.deadline())
    expect([rig.begun.length, await rig.results()]).toEqual([2, [[uuid(1), 'done', null]]])
  })

  it('that fails is refused with the code of the failure', async () => {
    const rig = await start(undefined, () => Promise.reject(gatewayError('GW_DEVICE_UNKNOWN', { deviceId: 'cam-1' })))
    await rig.runner.run(revoke(1), rig.deadline())
    expect(await rig.results()).toEqual([[uuid(1), 'refused', 'GW_DEVICE_UNKNOWN']])
  })
})

describe('what is done for each kind', () => {
  const calls: unknown[] = []
  const noted = (name: string) => async (...args: unknown[]) => void calls.push([name, ...args])
  const handlers = createOrderHandlers({
    gates: {
      openByHand: async (opening) => {
        calls.push(['open', opening])
        return { outcome: 'executed', reason: null, passageId: uuid(9) }
      },
      setDoorMode: async (change) => {
        calls.push(['mode', change])
        return { outcome: 'no-answer', reason: null, passageId: null }
      },
    },
    alarms: { move: async (move) => {
      calls.push(['alarm', move])
      return move.state === 'cleared' ? 'refused' : 'done'
    } },
    claims: { accept: noted('claim') },
    revokeDevice: noted('revoke'),
    firmware: { order: async () => ({ outcome: 'refused', reason: 'checksum' }) },
  })
  const common = { orderId: uuid(1), remainingMs: 7_000, operatorRef: OPERATOR }

  it.each<[Order, unknown, OrderOutcome]>([
    [{ kind: 'open-door.v1', ...common, gateId: 'gate-1', reason: 'delivery' }, ['open', { gateId: 'gate-1', way: 'remote', operatorRef: OPERATOR, override: 'delivery' }], { outcome: 'done', reason: null }],
    [{ kind: 'door-mode.v1', ...common, gateId: 'gate-1', mode: 'kept-open', reason: 'maintenance' }, ['mode', { gateId: 'gate-1', mode: 'kept-open', cause: 'operator', operatorRef: OPERATOR }], { outcome: 'no-answer', reason: null }],
    [{ kind: 'alarm.v1', ...common, alarmId: uuid(5), state: 'acknowledged' }, ['alarm', { alarmId: uuid(5), state: 'acknowledged', operatorRef: OPERATOR }], { outcome: 'done', reason: null }],
    [{ kind: 'alarm.v1', ...common, alarmId: uuid(5), state: 'cleared' }, ['alarm', { alarmId: uuid(5), state: 'cleared', operatorRef: OPERATOR }], { outcome: 'refused', reason: 'alarm-stands-or-is-over' }],
    [{ kind: 'revoke-device.v1', ...common, deviceId: 'cam-1' }, ['revoke', 'cam-1'], { outcome: 'done', reason: null }],
    [{ kind: 'claim-device.v1', ...common, deviceId: 'cam-1', deviceKind: 'camera', codeSha256: 'a'.repeat(64) }, ['claim', { deviceId: 'cam-1', deviceKind: 'camera', codeSha256: 'a'.repeat(64), validMs: 7_000 }], { outcome: 'done', reason: null }],
  ])('%#: %j', async (order, call, outcome) => {
    calls.length = 0
    const handle = handlers[order.kind] as (order: Order) => Promise<OrderOutcome>
    expect([await handle(order), calls]).toEqual([outcome, [call]])
  })
})
