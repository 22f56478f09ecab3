import type { Tx } from '../db/transaction.js'
import type { EpochState } from './ingest-rules.js'
import type { Run } from './range-rules.js'

interface EpochRow {
  readonly epoch: number
  readonly startHash: string
  readonly contiguousSeq: bigint
  readonly contiguousHash: string
  readonly headSeq: bigint
  readonly headHash: string
  readonly headSignature: string | null
  readonly ahead: string
  readonly duplicates: bigint
  readonly unprojected: bigint
  readonly brokenAtSeq: bigint | null
  readonly lastStartSeq: bigint
}

/** The row of an epoch as the rules see it. A seq is below 2^53: the wire has no larger one. */
const stateOf = (row: EpochRow): EpochState => ({
  epoch: row.epoch, startHash: row.startHash, contiguousSeq: Number(row.contiguousSeq), contiguousHash: row.contiguousHash,
  headSeq: Number(row.headSeq), headHash: row.headHash, headSignature: row.headSignature,
  ahead: JSON.parse(row.ahead) as Run[],
  duplicates: Number(row.duplicates), unprojected: Number(row.unprojected),
  brokenAtSeq: row.brokenAtSeq === null ? null : Number(row.brokenAtSeq), lastStartSeq: Number(row.lastStartSeq),
})

const columnsOf = (state: EpochState) => ({
  contiguousSeq: BigInt(state.contiguousSeq), contiguousHash: state.contiguousHash,
  headSeq: BigInt(state.headSeq), headHash: state.headHash, headSignature: state.headSignature,
  ahead: JSON.stringify(state.ahead), duplicates: BigInt(state.duplicates), unprojected: BigInt(state.unprojected),
  brokenAtSeq: state.brokenAtSeq === null ? null : BigInt(state.brokenAtSeq), lastStartSeq: BigInt(state.lastStartSeq),
})

export async function findEpoch(tx: Tx, gatewayId: string, epoch: number): Promise<EpochState | undefined> {
  const row = await tx.gatewayEpoch.findUnique({ where: { gatewayId_epoch: { gatewayId, epoch } } })
  return row === null ? undefined : stateOf(row)
}

export async function latestEpoch(tx: Tx, gatewayId: string): Promise<EpochState | undefined> {
  const row = await tx.gatewayEpoch.findFirst({ where: { gatewayId }, orderBy: { epoch: 'desc' } })
  return row === null ? undefined : stateOf(row)
}

/** All epochs of the gateways, ascending, by gateway. */
export async function epochsOf(tx: Tx, gatewayIds: readonly string[]): Promise<Map<string, EpochState[]>> {
  const rows = await tx.gatewayEpoch.findMany({ where: { gatewayId: { in: [...gatewayIds] } }, orderBy: { epoch: 'asc' } })
  const epochs = new Map<string, EpochState[]>(gatewayIds.map((gatewayId) => [gatewayId, []]))
  for (const row of rows) epochs.get(row.gatewayId)?.push(stateOf(row))
  return epochs
}

export const insertEpoch = async (tx: Tx, gatewayId: string, state: EpochState, grantedAtMs: number): Promise<void> => void (
  await tx.gatewayEpoch.create({
    data: { gatewayId, epoch: state.epoch, startHash: state.startHash, grantedAtMs: BigInt(grantedAtMs), ...columnsOf(state) },
  }))

export const saveEpoch = async (tx: Tx, gatewayId: string, state: EpochState): Promise<void> => void (
  await tx.gatewayEpoch.update({ where: { gatewayId_epoch: { gatewayId, epoch: state.epoch } }, data: columnsOf(state) }))
