import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'

export interface GatewayRow {
  readonly gatewayId: string
  readonly estateId: string
  readonly name: string
  readonly lastContactAtMs: number | null
  readonly createdAtMs: number
}

const SELECT = { gatewayId: true, estateId: true, name: true, lastContactAtMs: true, createdAtMs: true } as const
interface Selected extends Omit<GatewayRow, 'lastContactAtMs' | 'createdAtMs'> {
  readonly lastContactAtMs: bigint | null
  readonly createdAtMs: bigint
}
const rowOf = (row: Selected): GatewayRow =>
  ({ ...row, lastContactAtMs: row.lastContactAtMs === null ? null : Number(row.lastContactAtMs), createdAtMs: Number(row.createdAtMs) })

/** Gateways in scope by estate and id; revoked ones stay, for their log does. */
export async function gatewaysWithin(tx: Tx, scope: EstateScope): Promise<GatewayRow[]> {
  const rows = await tx.gateway.findMany({
    where: scope === 'all' ? {} : { estateId: { in: [...scope] } }, orderBy: [{ estateId: 'asc' }, { gatewayId: 'asc' }], select: SELECT,
  })
  return rows.map(rowOf)
}

export async function findGateway(tx: Tx, gatewayId: string): Promise<GatewayRow | undefined> {
  const row = await tx.gateway.findUnique({ where: { gatewayId }, select: SELECT })
  return row === null ? undefined : rowOf(row)
}
