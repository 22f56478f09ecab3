import { createHash } from 'node:crypto'
import type { ParameterValues } from '#contract/device-care-messages.js'
import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { RandomSource } from '#kernel/random.js'
import type { RunChange } from '../audit/change.js'
import type { EstateScope } from '../auth/roles.js'
import { decodeCursor, pageOf } from '../db/page.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import type { OrderContent } from '../order/order-rules.js'
import type { OrderService } from '../order/order-service.js'
import type { OrderView } from '../order/schemas.js'
import { appendRosterChange } from '../roster/roster-change-writer.js'
import * as repository from './device-repository.js'
import { DEVICE_RECORDS, type DeviceRecordKind } from './device-rules.js'
import { devicesWithin } from './device-view.js'
import { type DeviceView, HistoryPlace } from './schemas.js'

const HISTORY_ITEMS = 50
/** Crockford's letters: none is taken for another when read out. 16 of them are 80 bits; 256 is a multiple of 32. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LETTERS = 16
/** How a device was is looked at for a month; everything else for as long as the estate's log. */
const HEALTH_KEEP_MS = 31 * 86_400_000
const FORGOTTEN_AT_ONCE = 2_000

export interface DeviceHistoryItem {
  readonly kind: DeviceRecordKind
  readonly atMs: number
  readonly gatewayId: string
  readonly epoch: number
  readonly seq: number
  readonly content: Record<string, unknown>
}

export type ClaimedDevice = Omit<OrderContent<'claim-device.v1'>, 'codeSha256'>

export interface DeviceServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly clock: Clock
  readonly ids: IdSource
  readonly random: RandomSource
  readonly orders: Pick<OrderService, 'give'>
}

export interface DeviceService {
  /** Devices in scope by estate and id. */
  list(scope: EstateScope): Promise<DeviceView[]>
  /** Newest first. @throws AppError SV_HTTP_NOT_FOUND, SV_HTTP_VALIDATION where `before` is no cursor */
  history(estateId: string, deviceId: string, query: { health?: boolean; before?: string }): Promise<{ items: DeviceHistoryItem[]; older: string | null }>
  /** All settings that are not as delivered; none makes it as delivered. The gateway hands them on. @throws AppError SV_HTTP_NOT_FOUND */
  set(by: string, estateId: string, deviceId: string, values: ParameterValues): Promise<void>
  /**
   * A code with which a device gets its certificate; its SHA-256 goes to the gateway, the code itself is given out here and never again.
   * @throws AppError SV_DEVICE_KIND, SV_ORDER_*
   */
  claim(by: string, estateId: string, device: ClaimedDevice, note: string | undefined): Promise<{ order: OrderView; claimCode: string }>
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_ORDER_* */
  revoke(by: string, estateId: string, deviceId: string, note: string | undefined): Promise<OrderView>
  /** Forgets how devices were long ago. */
  prune(): Promise<number>
}

export function createDeviceService(deps: DeviceServiceDeps): DeviceService {
  const { read, change: runChange, clock, ids, orders } = deps
  const find = async (estateId: string, deviceId: string): Promise<DeviceView | undefined> =>
    (await devicesWithin(read, [estateId], clock.wallMs())).find((device) => device.deviceId === deviceId)
  const known = async (estateId: string, deviceId: string): Promise<DeviceView> => {
    const device = await find(estateId, deviceId)
    if (device === undefined) throw fail('SV_HTTP_NOT_FOUND')
    return device
  }
  const newCode = (): string => [...deps.random.bytes(CODE_LETTERS)].map((byte) => LETTERS[byte % LETTERS.length]).join('').replace(/(.{4})(?!$)/g, '$1-')

  return {
    list: (scope) => devicesWithin(read, scope, clock.wallMs()),
    async history(estateId, deviceId, { health = false, before }) {
      await known(estateId, deviceId)
      const kinds = DEVICE_RECORDS.filter((kind) => (kind === 'device-health.v1') === health)
      const place = before === undefined ? undefined : decodeCursor(HistoryPlace, before, 'before')
      const page = pageOf(await repository.historyOf(read, estateId, deviceId, kinds, place, HISTORY_ITEMS + 1), HISTORY_ITEMS,
        ({ occurredAtMs, gatewayId, epoch, seq }) => ({ occurredAtMs, gatewayId, epoch, seq }))
      const items = page.rows.map(({ kind, occurredAtMs, ...rest }) => ({ kind: kind as DeviceRecordKind, atMs: occurredAtMs, ...rest }))
      return { items, older: page.next }
    },
    async set(by, estateId, deviceId, values) {
      const { settings } = await known(estateId, deviceId)
      await runChange(by, async (change) => {
        const subject = `device:${estateId}/${deviceId}`
        const audited = { before: { ...settings?.values }, after: { ...values } }
        if (Object.keys(values).length === 0) {
          if (!await repository.dropSettings(change.tx, estateId, deviceId)) return
          await appendRosterChange(change.tx, estateId, `device-settings:${deviceId}`, { kind: 'device-settings-deleted.v1', deviceId })
        } else {
          const parameterSetId = ids.uuid()
          await repository.saveSettings(change.tx, estateId, deviceId, { parameterSetId, values, setBy: by, setAtMs: change.atMs })
          await appendRosterChange(change.tx, estateId, `device-settings:${deviceId}`, { kind: 'device-settings.v1', deviceId, parameterSetId, values })
        }
        await change.audit({ action: 'device.settings', subject, estateId, ...audited })
      })
    },
    async claim(by, estateId, { deviceId, deviceKind }, note) {
      const held = (await find(estateId, deviceId))?.kind ?? deviceKind
      if (held !== deviceKind) throw fail('SV_DEVICE_KIND', { field: 'deviceKind', problem: `is ${held}` })
      const claimCode = newCode()
      const codeSha256 = createHash('sha256').update(claimCode).digest('hex')
      return { order: await orders.give(by, { estateId, note, request: { kind: 'claim-device.v1', content: { deviceId, deviceKind, codeSha256 } } }), claimCode }
    },
    async revoke(by, estateId, deviceId, note) {
      await known(estateId, deviceId)
      return orders.give(by, { estateId, note, request: { kind: 'revoke-device.v1', content: { deviceId } } })
    },
    prune: () => runChange(null, (change) => repository.forgetHistory(change.tx, 'device-health.v1', change.atMs - HEALTH_KEEP_MS, FORGOTTEN_AT_ONCE)),
  }
}
