import type { Tx } from '../db/transaction.js'
import type { EstateScope } from '../auth/roles.js'

export interface EstateRecord {
  readonly estateId: string
  readonly name: string
  readonly district: string
}

interface EstateRow {
  readonly id: string
  readonly name: string
  readonly district: string
}

const recordOf = ({ id, name, district }: EstateRow): EstateRecord => ({ estateId: id, name, district })

export async function find(tx: Tx, estateId: string): Promise<EstateRecord | null> {
  const row = await tx.estate.findUnique({ where: { id: estateId } })
  return row === null ? null : recordOf(row)
}

/** Estates of a scope, by id. */
export async function list(tx: Tx, scope: EstateScope): Promise<EstateRecord[]> {
  const where = scope === 'all' ? {} : { id: { in: [...scope] } }
  return (await tx.estate.findMany({ where, orderBy: { id: 'asc' } })).map(recordOf)
}

export const insert = async (tx: Tx, estate: EstateRecord, createdAtMs: number): Promise<void> =>
  void (await tx.estate.create({ data: { id: estate.estateId, name: estate.name, district: estate.district, createdAtMs: BigInt(createdAtMs) } }))
