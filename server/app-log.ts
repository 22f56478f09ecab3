import { join } from 'node:path'
import { accessProjector } from './access-log/access-projection.js'
import { createAccessLogService } from './access-log/access-log-service.js'
import { createExportService } from './access-log/export-service.js'
import { figureRoutes } from './access-log/figures-routes.js'
import { createFiguresService } from './access-log/figures-service.js'
import { LOG_ROLES } from './access-log/name-rules.js'
import { accessLogRoutes } from './access-log/routes.js'
import { alarmProjector } from './alarm/alarm-projection.js'
import { createAlarmService } from './alarm/alarm-service.js'
import { ALARM_ROLES, alarmRoutes } from './alarm/routes.js'
import type { Parts } from './app.js'
import { tillFeatures } from './app-till.js'
import { createDeskConsentProjector } from './consent/desk-consent-projection.js'
import { createCredentialProjector } from './credential/credential-projection.js'
import { deviceProjector } from './device/device-projection.js'
import { createDeviceService } from './device/device-service.js'
import { createFirmwareFiles } from './device/firmware-files.js'
import { firmwareRoutes } from './device/firmware-routes.js'
import { createFirmwareService } from './device/firmware-service.js'
import { deviceRoutes } from './device/routes.js'
import { createEstatePaymentProjector } from './estate-payment/estate-payment-projection.js'
import { gateStateProjector } from './gate-state/gate-state-projection.js'
import { createGateViewService } from './gate-state/gate-view-service.js'
import { GATE_ROLES, gateStateRoutes } from './gate-state/routes.js'
import type { Routes } from './http/app-types.js'
import { createIntegrityService } from './integrity/integrity-service.js'
import { createProofService } from './integrity/proof-service.js'
import { INTEGRITY_ROLES, integrityRoutes } from './integrity/routes.js'
import { createLiveHub } from './live/live-hub.js'
import { createLivePublisher } from './live/live-publisher.js'
import { createRoundRunner } from './live/live-round.js'
import { liveRoutes } from './live/routes.js'
import { createOrderFeed } from './order/order-feed.js'
import { createOrderLine } from './order/order-line.js'
import { orderProjector } from './order/order-projection.js'
import { createOrderService } from './order/order-service.js'
import { gatewayOrderRoutes } from './order/gateway-routes.js'
import { ORDER_ROLES, orderRoutes } from './order/routes.js'
import { createClaimService } from './sync/claim-service.js'
import { createEpochService } from './sync/epoch-service.js'
import { createGatewayAuth } from './sync/gateway-auth.js'
import { holdingProjector } from './sync/holding-projection.js'
import { createIngestService } from './sync/ingest-service.js'
import { createRosterService } from './sync/roster-service.js'
import { syncRoutes } from './sync/routes.js'
import { createSyncMetrics } from './sync/sync-metrics.js'
import { createVisitProjector } from './visitor/visit-projection.js'

const LIVE_ROLES = { access: LOG_ROLES, gate: GATE_ROLES, integrity: INTEGRITY_ROLES, alarm: ALARM_ROLES, order: ORDER_ROLES, device: GATE_ROLES }

/** What managers see of their estates, and how it comes to them live. */
function createViews(parts: Parts) {
  const { db, clock, log, change, ids, random } = parts
  const { read } = db
  const life = ids.uuid()
  const line = createOrderLine({ clock })
  const orders = createOrderService({
    read, change, ids, clock, log, options: {
      life,
      changed: (gateway, orderIds) => {
        line.wake(gateway.gatewayId)
        publisher.ordersChanged(gateway, orderIds)
      },
    },
  })
  const devices = createDeviceService({ read, change, clock, ids, random, orders })
  const views = {
    orders, devices, accessLog: createAccessLogService({ read, change }), gates: createGateViewService({ read, clock }), integrity: createIntegrityService({ read }),
    alarms: createAlarmService({ read, orders }),
  }
  const hub = createLiveHub({ clock, log, life, roles: LIVE_ROLES })
  const publisher = createLivePublisher({ hub, runRound: createRoundRunner({ hub, views }), clock, log })
  const feed = createOrderFeed({ db, clock, line, life, given: publisher.ordersChanged })
  return { ...views, hub, publisher, line, feed }
}

/** What gateways hand over and wait for, and what managers see of it. */
export function logFeatures(parts: Parts): { readonly routes: Routes[]; sweep(): Promise<void> } {
  const { db, clock, log, change, ids, random, sessions, registry } = parts
  const { read } = db
  const { accessLog, gates, integrity, alarms, orders, devices, hub, publisher, line, feed } = createViews(parts)
  const firmware = createFirmwareService({ read, change, ids, orders, devices, files: createFirmwareFiles({ folder: join(parts.options.dataFolder, 'firmware') }) })
  const auth = createGatewayAuth({ db, clock, contacted: publisher.contacted })
  const projectors = [
    accessProjector, gateStateProjector, holdingProjector, alarmProjector, orderProjector, deviceProjector,
    createCredentialProjector({ clock }), createVisitProjector({ clock }), createDeskConsentProjector({ clock }), createEstatePaymentProjector({ clock }),
  ]
  const routes = [
    syncRoutes({
      auth, claims: createClaimService({ change, random }), epochs: createEpochService({ change }), roster: createRosterService({ read }),
      ingest: createIngestService({ db, clock, log, projectors, committed: publisher.committed, metrics: createSyncMetrics(registry) }),
    }),
    gatewayOrderRoutes({ auth, feed, line, orders }), orderRoutes({ orders }), alarmRoutes({ alarms }), deviceRoutes({ devices }), firmwareRoutes({ firmware, auth }),
    accessLogRoutes({ accessLog, exports: createExportService({ read, change, clock, ids }) }), figureRoutes({ figures: createFiguresService({ read }) }),
    ...tillFeatures(parts, auth), gateStateRoutes({ gates }), integrityRoutes({ integrity, proofs: createProofService({ read, clock }) }),
    liveRoutes({ hub, publisher, roles: LIVE_ROLES, callerOfToken: sessions.callerOfToken }),
  ]
  return {
    routes,
    async sweep() {
      await orders.endOver()
      await devices.prune()
    },
  }
}
