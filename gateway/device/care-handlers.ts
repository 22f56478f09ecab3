import type { FirmwareService } from './firmware-service.js'
import type { HealthLog } from './health-log.js'
import type { ParameterService } from './parameter-service.js'
import type { DeviceHandlers } from './ports.js'

/** What devices say of their health, settings and firmware. */
export function createCareHandlers(deps: {
  health: HealthLog; parameters: Pick<ParameterService, 'onResult'>; firmware: Pick<FirmwareService, 'onStatus'>
}): Required<Pick<DeviceHandlers, 'health' | 'parameterResult' | 'firmwareStatus'>> {
  const { health, parameters, firmware } = deps
  return {
    health: ({ deviceId }, said) => health.heard(deviceId, said),
    parameterResult: (address, result) => parameters.onResult(address, result),
    firmwareStatus: (address, status) => firmware.onStatus(address, status),
  }
}
