import { Readable } from 'node:stream'
import type { IdSource } from '#kernel/ids.js'
import type { RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import { isPending } from '../order/order-rules.js'
import type { OrderService } from '../order/order-service.js'
import type { OrderView } from '../order/schemas.js'
import type { DeviceService } from './device-service.js'
import type { FirmwareFiles } from './firmware-files.js'
import * as repository from './firmware-repository.js'
import type { Firmware, FirmwareQuery } from './schemas.js'

/** Files that are kept; one more is refused until another is removed. */
const FILES_MAX = 200

export interface FirmwareServiceDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly ids: IdSource
  readonly files: FirmwareFiles
  readonly orders: Pick<OrderService, 'give' | 'byIds'>
  readonly devices: Pick<DeviceService, 'list'>
}

export interface FirmwareService {
  list(): Promise<Firmware[]>
  /**
   * The same file again is what it was; another one under a version that exists is an error.
   * @throws AppError SV_FIRMWARE_EXISTS, SV_FIRMWARE_FULL, SV_FIRMWARE_EMPTY, SV_HTTP_TOO_LARGE
   */
  upload(by: string, about: FirmwareQuery, stream: unknown): Promise<{ file: Firmware; isNew: boolean }>
  /** @throws AppError SV_HTTP_NOT_FOUND, SV_FIRMWARE_IN_USE while an order names it */
  remove(by: string, firmwareId: string): Promise<void>
  /** Orders a device's update. @throws AppError SV_HTTP_NOT_FOUND, SV_FIRMWARE_MODEL, SV_ORDER_* */
  update(by: string, device: { estateId: string; deviceId: string }, firmwareId: string, note: string | undefined): Promise<OrderView>
  /** The file of a job, for the gateway that has it. @throws AppError SV_HTTP_NOT_FOUND */
  fileOfJob(gatewayId: string, jobId: string): Promise<{ file: Firmware; stream: Readable }>
}

export function createFirmwareService(deps: FirmwareServiceDeps): FirmwareService {
  const { read, files, ids, orders } = deps
  const existing = async (firmwareId: string): Promise<Firmware> => {
    const file = await repository.find(read, firmwareId)
    if (file === undefined) throw fail('SV_HTTP_NOT_FOUND')
    return file
  }

  return {
    list: () => repository.list(read),
    async upload(by, about, stream) {
      if (!(stream instanceof Readable)) throw fail('SV_FIRMWARE_EMPTY')
      if ((await repository.list(read)).length >= FILES_MAX) throw fail('SV_FIRMWARE_FULL', { filesMax: FILES_MAX })
      const firmwareId = ids.uuid()
      const received = await files.receive(firmwareId, stream)
      const { bytes, sha256 } = received
      try {
        return await deps.change(by, async (change) => {
          const same = await repository.findVersion(change.tx, about)
          if (same !== undefined && same.sha256 !== sha256) throw fail('SV_FIRMWARE_EXISTS', { field: 'version', problem: 'has another file' })
          if (same !== undefined) return { file: same, isNew: false }
          const file = { firmwareId, ...about, bytes, sha256, uploadedAtMs: change.atMs }
          await repository.insert(change.tx, file, by)
          await change.audit({ action: 'firmware.upload', subject: `firmware:${firmwareId}`, estateId: null, after: { ...about, bytes, sha256 } })
          // Before the commit: a row never names a file that is not there.
          await received.keep()
          return { file, isNew: true }
        })
      } catch (error) {
        await files.remove(firmwareId)
        throw error
      } finally {
        await received.drop()
      }
    },
    async remove(by, firmwareId) {
      const file = await existing(firmwareId)
      const named = await orders.byIds(await repository.ordersOf(read, firmwareId))
      if (named.some((order) => isPending(order.state))) throw fail('SV_FIRMWARE_IN_USE')
      await deps.change(by, async (change) => {
        await repository.remove(change.tx, firmwareId)
        const { model, version, sha256 } = file
        await change.audit({ action: 'firmware.remove', subject: `firmware:${firmwareId}`, estateId: null, before: { model, version, sha256 } })
      })
      await files.remove(firmwareId)
    },
    async update(by, { estateId, deviceId }, firmwareId, note) {
      const { version, bytes, sha256, deviceKind, model } = await existing(firmwareId)
      const device = (await deps.devices.list([estateId])).find((each) => each.deviceId === deviceId)
      if (device === undefined) throw fail('SV_HTTP_NOT_FOUND')
      if (device.kind !== deviceKind || device.model !== model) throw fail('SV_FIRMWARE_MODEL', { field: 'firmwareId', problem: `is for ${deviceKind} ${model}` })
      const jobId = ids.uuid()
      return orders.give(by, { estateId, note, request: { kind: 'firmware.v1', content: { jobId, deviceId, version, bytes, sha256 } } },
        (change, { orderId, gatewayId }) => repository.insertJob(change.tx, { jobId, orderId, firmwareId, gatewayId, estateId, deviceId }))
    },
    async fileOfJob(gatewayId, jobId) {
      const job = await repository.findJob(read, jobId)
      if (job === null || job.gatewayId !== gatewayId) throw fail('SV_HTTP_NOT_FOUND')
      return { file: await existing(job.firmwareId), stream: files.read(job.firmwareId) }
    },
  }
}
