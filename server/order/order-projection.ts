import type { Projector } from '../sync/projector.js'
import { ofKind } from '../sync/record-place.js'
import { settle } from './order-repository.js'

/** What gateways say became of their orders. One that says it of another's, or of none, says nothing. */
export const orderProjector: Projector = {
  async project(tx, origin, records) {
    for (const { body } of ofKind(records, 'order-result.v1')) {
      await settle(tx, origin.gatewayId, body.orderId, { outcome: body.outcome, outcomeReason: body.reason, outcomeAtMs: body.occurredAtMs })
    }
  },
}
