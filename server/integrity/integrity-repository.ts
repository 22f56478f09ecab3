import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'

export interface GatewayRow {
  readonly gatewayId: string
  readonly estateId: string
  readonly name: string
  readonly lastContactAtMs: number | null
}

/** Gateways in scope by estate and id; revoked ones stay, for their log does. */
export async function gatewaysWithin(tx: Tx, scope: EstateScope): Promise<GatewayRow[]> {
  const rows = await tx.gateway.findMany({
    where: scope === 'all' ? {} : { estateId: { in: [...scope] } }, orderBy: [{ estateId: 'asc' }, { gatewayId: 'asc' }],
    select: { gatewayId: true, estateId: true, name: true, lastContactAtMs: true },
  })
  return rows.map((row) => ({ ...row, lastContactAtMs: row.lastContactAtMs === null ? null : Number(row.lastContactAtMs) }))
}
