import { type AccessLogService, withNameRight } from '../access-log/access-log-service.js'
import { type AlarmService, withAlarmNameRight } from '../alarm/alarm-service.js'
import type { DeviceService } from '../device/device-service.js'
import type { GateViewService } from '../gate-state/gate-view-service.js'
import type { IntegrityService } from '../integrity/integrity-service.js'
import type { OrderService } from '../order/order-service.js'
import type { LiveKind } from './event-ring.js'
import type { LiveHub } from './live-hub.js'

/** Things of one kind shown one by one in a round. More is a backlog arriving: readers load it as a list instead. */
export const SHOWN_PER_ROUND_MAX = 100

/** What happened in an estate since the round before. */
export interface Round {
  /** Passages that are new or whose command came to an end. */
  readonly passageIds: Set<string>
  readonly alarmIds: Set<string>
  /** Orders that were given, fetched, answered, or whose time is over. */
  readonly orderIds: Set<string>
  readonly deviceIds: Set<string>
  readonly gatewayIds: Set<string>
}

export const emptyRound = (): Round => ({ passageIds: new Set(), alarmIds: new Set(), orderIds: new Set(), deviceIds: new Set(), gatewayIds: new Set() })

const isTooMuch = (ids: ReadonlySet<string>): boolean => ids.size > SHOWN_PER_ROUND_MAX

/** Text sent last by key, so that only what changed is sent. */
export type SentTexts = Map<string, string>

/** Where what is shown comes from, as its own list has it. */
export interface LiveViews {
  readonly accessLog: Pick<AccessLogService, 'byIds'>
  readonly gates: Pick<GateViewService, 'list'>
  readonly integrity: Pick<IntegrityService, 'list'>
  readonly alarms: Pick<AlarmService, 'byIds'>
  readonly orders: Pick<OrderService, 'byIds'>
  readonly devices: Pick<DeviceService, 'list'>
}

const ALARM_SUBJECT = 'alarm:'

/** The runner makes events of a round and says whether that was too much to show one by one. */
export function createRoundRunner(deps: { hub: LiveHub; views: LiveViews }) {
  const { hub, views } = deps

  const publish = (kind: LiveKind, estateId: string, id: string, clear: object, masked = clear): void =>
    hub.publish({ kind, estateId, key: `${kind}:${id}`, clear: JSON.stringify(clear), masked: clear === masked ? JSON.stringify(clear) : JSON.stringify(masked) })
  const publishChanged = (sent: SentTexts, kind: LiveKind, estateId: string, id: string, view: object): void => {
    const key = `${kind}:${id}`
    const text = JSON.stringify(view)
    if (sent.get(key) === text) return
    sent.set(key, text)
    publish(kind, estateId, id, view)
  }

  const publishPassages = async (estateId: string, passageIds: readonly string[]): Promise<void> => {
    for (const item of await views.accessLog.byIds(passageIds)) {
      // An outcome may name another estate's passage: that is not its gateway's to tell of.
      if (item.estateId === estateId) publish('access', estateId, item.passageId, item, withNameRight(item, 'masked'))
    }
  }
  const publishAlarms = async (estateId: string, alarmIds: readonly string[]): Promise<void> => {
    for (const alarm of await views.alarms.byIds(estateId, alarmIds)) publish('alarm', estateId, alarm.alarmId, alarm, withAlarmNameRight(alarm, 'masked'))
  }
  /** @returns ids of the alarms that orders are about: what is asked of an alarm stands with it */
  const publishOrders = async (estateId: string, orderIds: readonly string[]): Promise<string[]> => {
    const orders = (await views.orders.byIds(orderIds)).filter((order) => order.estateId === estateId)
    for (const order of orders) publish('order', estateId, order.orderId, order)
    return orders.flatMap(({ subject }) => (subject.startsWith(ALARM_SUBJECT) ? [subject.slice(ALARM_SUBJECT.length)] : []))
  }
  /** What is too much of one kind leaves the others as they are: an alarm never waits behind a backlog of passages. */
  const publishNamed = async (estateId: string, { passageIds, alarmIds, orderIds, deviceIds }: Round): Promise<void> => {
    const shown = (ids: ReadonlySet<string>): string[] => (isTooMuch(ids) ? [] : [...ids])
    const [passages, alarms, orders, devices] = [passageIds, alarmIds, orderIds, deviceIds].map(shown) as [string[], string[], string[], string[]]
    if (passages.length > 0) await publishPassages(estateId, passages)
    const asked = orders.length === 0 ? [] : await publishOrders(estateId, orders)
    if (alarms.length + asked.length > 0) await publishAlarms(estateId, [...new Set([...alarms, ...asked])])
    if (devices.length === 0) return
    for (const device of await views.devices.list([estateId])) {
      if (deviceIds.has(device.deviceId)) publish('device', estateId, `${estateId}/${device.deviceId}`, device)
    }
  }

  return async (estateId: string, round: Round, sent: SentTexts): Promise<boolean> => {
    const isBacklog = [round.passageIds, round.alarmIds, round.orderIds, round.deviceIds].some(isTooMuch)
    if (isBacklog || !hub.isWatched(estateId)) hub.leaveOut(estateId)
    if (!hub.isWatched(estateId)) {
      // Whoever comes next loads everything: nothing counts as sent.
      sent.clear()
      return false
    }
    await publishNamed(estateId, round)
    for (const gate of await views.gates.list([estateId])) publishChanged(sent, 'gate', estateId, `${estateId}/${gate.gateId}`, gate)
    for (const gateway of await views.integrity.list([estateId])) {
      if (round.gatewayIds.has(gateway.gatewayId)) publishChanged(sent, 'integrity', estateId, gateway.gatewayId, gateway)
    }
    return isBacklog
  }
}

export type RoundRunner = ReturnType<typeof createRoundRunner>
