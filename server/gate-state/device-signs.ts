import type { EstateScope } from '../auth/roles.js'
import type { Tx } from '../db/transaction.js'
import { deviceCondition } from './gate-state-rules.js'
import { deviceSigns, gateKey } from './gate-view-repository.js'

/** What other features ask of devices' connections. */
export interface DeviceConnection {
  readonly condition: 'online' | 'offline' | 'unknown'
  /** The gateway's latest contact with the server; null before its first. */
  readonly gatewayContactAtMs: number | null
}

/** Which devices are connected as far as the server can know, by estate and device. */
export async function deviceConnections(tx: Tx, scope: EstateScope, nowMs: number): Promise<(estateId: string, deviceId: string) => DeviceConnection> {
  const signs = await deviceSigns(tx, scope)
  return (estateId, deviceId) => {
    const own = signs.get(gateKey(estateId, deviceId))
    return { condition: deviceCondition(own, nowMs), gatewayContactAtMs: own?.gatewayContactAtMs ?? null }
  }
}
