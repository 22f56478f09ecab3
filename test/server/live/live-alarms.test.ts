import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLiveHub } from '../../../server/live/live-hub.js'
import { createLivePublisher } from '../../../server/live/live-publisher.js'
import { SHOWN_PER_ROUND_MAX, createRoundRunner } from '../../../server/live/live-round.js'
import { ALARM_ROLES } from '../../../server/alarm/routes.js'
import type { AlarmView } from '../../../server/alarm/schemas.js'
import type { OrderView } from '../../../server/order/schemas.js'
import { silentLogger } from '#kernel/log.js'
import { uuid } from '../../support/factories.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { alarm, alarmIdOf, orderResult, passage } from '../sync/record-samples.js'
import { createFakeSink, eventsIn } from './fake-sink.js'

const ORIGIN = { gatewayId: uuid(1, 0x9), estateId: 'jh' }
const placed = (body: ReturnType<typeof alarm> | ReturnType<typeof orderResult>, seq: number) => ({ place: { gatewayId: ORIGIN.gatewayId, epoch: 1, seq }, body })

/** A page of `grant`, and what there is to be shown. */
function opened(role: 'guard' | 'auditor' | 'bureau-viewer') {
  const clock = createVirtualClock()
  const roles = { access: ALARM_ROLES, gate: ALARM_ROLES, integrity: ALARM_ROLES, alarm: ALARM_ROLES, order: ALARM_ROLES, device: [...ALARM_ROLES, 'bureau-viewer' as const] }
  const hub = createLiveHub({ clock, log: silentLogger, life: 'life', roles })
  const none = { list: async () => [] }
  const shown = (alarmId: string): AlarmView => ({ alarmId, estateId: 'jh', personName: '欧阳小明' }) as AlarmView
  const views = {
    accessLog: { byIds: async () => [] }, gates: none, integrity: none, devices: none,
    alarms: { byIds: async (_estateId: string, ids: readonly string[]) => ids.map(shown) },
    orders: { byIds: async (ids: readonly string[]) => ids.map((orderId) => ({ orderId, estateId: orderId === uuid(9) ? 'xh' : 'jh', subject: `alarm:${alarmIdOf(7)}` }) as OrderView) },
  }
  const publisher = createLivePublisher({ hub, runRound: createRoundRunner({ hub, views }), clock, log: silentLogger })
  const sink = createFakeSink()
  const caller = { userId: 'u', loginName: 'u', displayName: 'u', grants: [{ role, estateId: 'jh' }] }
  hub.connect({ caller, estateId: undefined, lastEventId: undefined, recheck: async () => caller, open: () => sink })
  const heard = async (): Promise<unknown[]> => {
    await clock.run(300)
    return eventsIn(sink.written.join('')).map(({ event, data }) => [event, data])
  }
  return { publisher, heard }
}

let page: ReturnType<typeof opened>
beforeEach(() => { page = opened('guard') })
afterEach(() => page.publisher.stop())

describe('alarms and orders, live', () => {
  it('an alarm is shown once a round, however many of its steps it brings', async () => {
    page.publisher.committed(ORIGIN, [placed(alarm(1), 1), placed(alarm(2, 'acknowledged'), 2)])
    expect(await page.heard()).toEqual([['alarm', { alarmId: alarmIdOf(1), estateId: 'jh', personName: '欧阳小明' }]])
  })

  it('its name is masked for auditors, and it is not for whoever only watches doors', async () => {
    for (const [role, heard] of [['auditor', [['alarm', expect.objectContaining({ personName: '欧***' })]]], ['bureau-viewer', []]] as const) {
      const other = opened(role)
      other.publisher.committed(ORIGIN, [placed(alarm(1), 1)])
      expect(await other.heard()).toEqual(heard)
      await other.publisher.stop()
    }
  })

  it('an order is shown with the alarm that it is about: what is asked of it stands there', async () => {
    page.publisher.ordersChanged(ORIGIN, [uuid(1)])
    expect(await page.heard()).toEqual([['order', expect.objectContaining({ orderId: uuid(1) })], ['alarm', expect.objectContaining({ alarmId: alarmIdOf(7) })]])
  })

  it('a result that names another estate\'s order tells nothing', async () => {
    page.publisher.committed(ORIGIN, [placed(orderResult(1, uuid(9)), 1)])
    expect(await page.heard()).toEqual([])
  })

  it('an alarm does not wait behind a backlog of passages', async () => {
    const backlog = Array.from({ length: SHOWN_PER_ROUND_MAX + 1 }, (_, n) => ({ place: { gatewayId: ORIGIN.gatewayId, epoch: 1, seq: n + 1 }, body: passage(n + 1) }))
    page.publisher.committed(ORIGIN, [...backlog, placed(alarm(999), 999)])
    expect(await page.heard()).toEqual([['alarm', expect.objectContaining({ alarmId: alarmIdOf(1) })]])
  })

  it('more than a round shows are loaded anew instead', async () => {
    page.publisher.committed(ORIGIN, Array.from({ length: SHOWN_PER_ROUND_MAX + 1 }, (_, n) => placed(alarm(n + 1, 'raised', { alarmId: alarmIdOf(n + 1) }), n + 1)))
    expect(await page.heard()).toEqual([])
  })
})
