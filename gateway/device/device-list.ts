import type { DeviceHealth, FirmwareStage } from './care-ports.js'
import type { FirmwareService } from './firmware-service.js'
import type { HealthLog } from './health-log.js'
import type { ParameterService, ParameterState } from './parameter-service.js'
import type { DeviceRegistry, DeviceState } from './registry.js'

/** All that is known of one device. */
export interface CaredDevice extends DeviceState {
  /** As last said in this life of the gateway; null before. */
  readonly health: DeviceHealth | null
  readonly faults: readonly string[]
  /** What became of its settings; null where it has none. */
  readonly parameters: ParameterState | null
  /** Its newest firmware job; null where there was none. */
  readonly firmwareJob: { readonly jobId: string; readonly version: string; readonly stage: FirmwareStage } | null
}

export function listDevices(deps: {
  registry: Pick<DeviceRegistry, 'list'>; health: Pick<HealthLog, 'of'>; parameters: Pick<ParameterService, 'of'>; firmware: Pick<FirmwareService, 'of'>
}): CaredDevice[] {
  const { registry, health, parameters, firmware } = deps
  return registry.list().map((device) => {
    const { deviceId } = device
    const said = health.of(deviceId) ?? null
    return { ...device, health: said, faults: said?.faults ?? [], parameters: parameters.of(deviceId) ?? null, firmwareJob: firmware.of(deviceId) ?? null }
  })
}
