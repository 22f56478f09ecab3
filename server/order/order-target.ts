import type { Tx } from '../db/transaction.js'
import { fail } from '../errors.js'
import * as orders from './order-repository.js'
import type { OrderRequest } from './order-rules.js'

export interface OrderTarget {
  readonly estateId: string
  readonly request: OrderRequest
  /** The gateway that must do it; else the one that speaks of the device, or the estate's latest. */
  readonly gatewayId?: string | undefined
}

/** The gateway that an order goes to. @throws AppError SV_ORDER_NO_GATEWAY; SV_HTTP_NOT_FOUND where the estate has no such gate */
export async function gatewayFor(tx: Tx, { estateId, gatewayId, request }: OrderTarget): Promise<string> {
  const inService = await orders.gatewaysInService(tx, estateId)
  const { content } = request
  const deviceId = 'gateId' in content ? await orders.controllerOfGate(tx, estateId, content.gateId) : 'deviceId' in content ? content.deviceId : undefined
  if ('gateId' in content && deviceId === undefined) throw fail('SV_HTTP_NOT_FOUND')
  const known = gatewayId ?? (deviceId === undefined ? undefined : await orders.gatewayOfDevice(tx, estateId, deviceId))
  const chosen = inService.find((each) => each === known) ?? inService.at(-1)
  if (chosen === undefined || (gatewayId !== undefined && chosen !== gatewayId)) throw fail('SV_ORDER_NO_GATEWAY', { estateId })
  return chosen
}
