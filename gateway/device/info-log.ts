import type { HelloV1 } from '#contract/device-messages.js'
import type { Logger } from '#kernel/log.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { DeviceRow, GatewayStore, StoreTx } from '../store/types.js'
import type { DeviceInfoRow } from './care-ports.js'

/** Stands for what a device has not said yet: it is registered and was never here. */
export const NOT_SAID = 'unknown'

/** What each device is and can, and whether it may come; every change of it is a record. */
export interface InfoLog {
  start(): Promise<void>
  of(deviceId: string): DeviceInfoRow | undefined
  /** Writes a device that is new, has a new certificate or is revoked, and `also` in the same transaction. */
  save(row: DeviceRow, also?: (tx: StoreTx) => Promise<void>): Promise<void>
  /** The device introduced itself. */
  heard(row: DeviceRow, said: Pick<HelloV1, 'model' | 'firmware' | 'capabilities'>): void
}

const isSame = (a: DeviceInfoRow, b: DeviceInfoRow | undefined): boolean =>
  b !== undefined && a.model === b.model && a.firmware === b.firmware && a.certificateFingerprint === b.certificateFingerprint &&
  a.revoked === b.revoked && a.capabilities.join('\n') === b.capabilities.join('\n')

export function createInfoLog(deps: { store: Pick<GatewayStore, 'transact' | 'deviceInfos'>; stamp: Stamper; log: Logger }): InfoLog {
  const { store, stamp, log } = deps
  /** As last said; the log has it once it is in `recorded`. */
  const known = new Map<string, DeviceInfoRow>()
  const recorded = new Map<string, DeviceInfoRow>()

  const next = (row: DeviceRow, said?: Pick<HelloV1, 'model' | 'firmware' | 'capabilities'>): DeviceInfoRow => {
    const { deviceId, certificateFingerprint, revokedAtMs } = row
    const before = known.get(deviceId)
    const { model, firmware, capabilities } = said ?? before ?? { model: NOT_SAID, firmware: NOT_SAID, capabilities: [] }
    return { deviceId, model, firmware, capabilities: [...capabilities], certificateFingerprint, revoked: revokedAtMs !== null }
  }
  const write = async (tx: StoreTx, row: DeviceRow, info: DeviceInfoRow): Promise<void> => {
    await tx.putDeviceInfo(info)
    await tx.append({ kind: 'device-info.v1', ...stamp(), deviceKind: row.deviceKind, ...info, capabilities: [...info.capabilities] })
  }
  return {
    async start() {
      for (const info of await store.deviceInfos()) {
        known.set(info.deviceId, info)
        recorded.set(info.deviceId, info)
      }
    },
    of: (deviceId) => known.get(deviceId),
    async save(row, also = async () => undefined) {
      const info = next(row)
      await store.transact(async (tx) => {
        await also(tx)
        await tx.saveDevice(row)
        if (!isSame(info, recorded.get(row.deviceId))) await write(tx, row, info)
      })
      known.set(row.deviceId, info)
      recorded.set(row.deviceId, info)
    },
    heard(row, said) {
      const info = next(row, said)
      known.set(row.deviceId, info)
      if (isSame(info, recorded.get(row.deviceId))) return
      recorded.set(row.deviceId, info)
      store.transact((tx) => write(tx, row, info)).catch((error: unknown) => {
        recorded.delete(row.deviceId)
        log.error({ deviceId: row.deviceId, err: error }, 'what a device said of itself could not be recorded; its next hello tries again')
      })
    },
  }
}
