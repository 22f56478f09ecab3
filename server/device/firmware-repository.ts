import type { RegisterKind } from '#contract/device-records.js'
import type { Tx } from '../db/transaction.js'
import type { Firmware, FirmwareQuery } from './schemas.js'

interface Stored extends Omit<Firmware, 'deviceKind' | 'uploadedAtMs'> {
  readonly deviceKind: string
  readonly uploadedAtMs: bigint
}
const fileOf = ({ firmwareId, deviceKind, model, version, bytes, sha256, uploadedAtMs }: Stored): Firmware =>
  ({ firmwareId, deviceKind: deviceKind as RegisterKind, model, version, bytes, sha256, uploadedAtMs: Number(uploadedAtMs) })

/** Newest first. */
export const list = async (tx: Tx): Promise<Firmware[]> => (await tx.firmwareFile.findMany({ orderBy: { uploadedAtMs: 'desc' } })).map(fileOf)

export async function find(tx: Tx, firmwareId: string): Promise<Firmware | undefined> {
  const row = await tx.firmwareFile.findUnique({ where: { firmwareId } })
  return row === null ? undefined : fileOf(row)
}

/** The file of this version for this model. */
export async function findVersion(tx: Tx, { deviceKind, model, version }: FirmwareQuery): Promise<Firmware | undefined> {
  const row = await tx.firmwareFile.findFirst({ where: { deviceKind, model, version } })
  return row === null ? undefined : fileOf(row)
}

export const insert = async (tx: Tx, file: Firmware, uploadedBy: string): Promise<void> =>
  void (await tx.firmwareFile.create({ data: { ...file, uploadedBy, uploadedAtMs: BigInt(file.uploadedAtMs) } }))

export const remove = async (tx: Tx, firmwareId: string): Promise<void> => void (await tx.firmwareFile.delete({ where: { firmwareId } }))

export interface FirmwareJob {
  readonly jobId: string
  readonly orderId: string
  readonly firmwareId: string
  readonly gatewayId: string
  readonly estateId: string
  readonly deviceId: string
}
export const insertJob = async (tx: Tx, job: FirmwareJob): Promise<void> => void (await tx.firmwareJob.create({ data: job }))

export const findJob = async (tx: Tx, jobId: string): Promise<FirmwareJob | null> => tx.firmwareJob.findUnique({ where: { jobId } })

/** Orders that name the file. */
export const ordersOf = async (tx: Tx, firmwareId: string): Promise<string[]> =>
  (await tx.firmwareJob.findMany({ where: { firmwareId }, select: { orderId: true } })).map((row) => row.orderId)
