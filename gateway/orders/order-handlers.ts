import type { GateHands, HandOutcome } from '../access/ports.js'
import type { AlarmService } from '../alarm/alarm-service.js'
import type { ClaimService } from '../device/claim-service.js'
import type { FirmwareService } from '../device/firmware-service.js'
import type { OrderHandlers, OrderOutcome } from './order-runner.js'

const DONE: OrderOutcome = { outcome: 'done', reason: null }
const refused = (reason: string): OrderOutcome => ({ outcome: 'refused', reason })
const doorOutcome = ({ outcome, reason }: HandOutcome): OrderOutcome => ({ outcome: outcome === 'executed' ? 'done' : outcome, reason: outcome === 'executed' ? null : reason })

/** What the parts of the gateway do for the server's orders. */
export function createOrderHandlers(deps: {
  gates: Pick<GateHands, 'openByHand' | 'setDoorMode'>
  alarms: Pick<AlarmService, 'move'>
  claims: Pick<ClaimService, 'accept'>
  /** @throws GW_DEVICE_UNKNOWN */
  revokeDevice: (deviceId: string) => Promise<void>
  firmware: Pick<FirmwareService, 'order'>
}): OrderHandlers {
  const { gates, alarms, claims, revokeDevice, firmware } = deps
  return {
    'open-door.v1': async ({ gateId, operatorRef, reason }) => doorOutcome(await gates.openByHand({ gateId, way: 'remote', operatorRef, override: reason })),
    'door-mode.v1': async ({ gateId, operatorRef, mode }) => doorOutcome(await gates.setDoorMode({ gateId, mode, cause: 'operator', operatorRef })),
    'alarm.v1': async ({ alarmId, state, operatorRef }) => ((await alarms.move({ alarmId, state, operatorRef })) === 'done' ? DONE : refused('alarm-stands-or-is-over')),
    'revoke-device.v1': async ({ deviceId }) => {
      await revokeDevice(deviceId)
      return DONE
    },
    'firmware.v1': (order) => firmware.order(order),
    'claim-device.v1': async ({ deviceId, deviceKind, codeSha256, remainingMs }) => {
      await claims.accept({ deviceId, deviceKind, codeSha256, validMs: remainingMs })
      return DONE
    },
  }
}
