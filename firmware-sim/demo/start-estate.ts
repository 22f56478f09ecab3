import { failSim } from '../errors.js'
import type { FaceSource } from '../frames/face-source.js'
import type { CameraEntry, ControllerEntry, ReaderEntry, TillEntry } from '../run/devices-file.js'
import type { PlannedEstate } from './demo-plan.js'
import type { DemoPaths, StateFile } from './demo-state.js'
import { createGatewayCli } from './gateway-cli.js'
import { ensureDeskOperators } from './provision-desk.js'
import { ensureDevices, ensureEnrolments, writeGatewayConfig } from './provision-gateway.js'
import type { RunningServer } from './start-server.js'
import type { Supervisor } from './supervisor.js'

export interface RunningEstate {
  readonly plan: PlannedEstate
  readonly gatewayId: string
  readonly metricsUrl: string
  /** Origin of the estate's own desk. */
  readonly deskUrl: string
  readonly cameras: readonly CameraEntry[]
  readonly readers: readonly ReaderEntry[]
  readonly tills: readonly TillEntry[]
  readonly controllers: readonly ControllerEntry[]
  /** Persons whose photo the gateway refused, with the reason. */
  readonly refused: readonly string[]
}

export interface StartEstateDeps {
  readonly main: string
  readonly paths: DemoPaths
  readonly state: StateFile
  readonly supervisor: Supervisor
  readonly faces: FaceSource
  readonly pause: (ms: number) => Promise<void>
}

/** Starts the gateway of an estate that the server knows, gives its devices their certificates and enrols its residents. */
export async function startEstate(
  deps: StartEstateDeps, server: RunningServer, plan: PlannedEstate, load: { fps: number; workers: number },
): Promise<RunningEstate> {
  const { paths, state } = deps
  const { estateId } = plan
  const configFile = writeGatewayConfig(paths, estateId, server, load.workers)
  const { ready } = await deps.supervisor.start(`gateway-${estateId}`, [deps.main, '--config', configFile])
  const { mqttPort, claimPort, opsPort, deskPort } = ready
  const gatewayId = state.estate(estateId).gatewayId
  if (typeof mqttPort !== 'number' || typeof claimPort !== 'number' || typeof opsPort !== 'number' || typeof deskPort !== 'number' || gatewayId === undefined) {
    throw failSim('SIM_DEMO_PART', { part: `gateway-${estateId}`, what: 'its ready line has no mqttPort, claimPort, opsPort and deskPort' })
  }
  const cli = createGatewayCli({ main: deps.main, configFile })
  const devices = await ensureDevices({ cli, paths, state }, plan, { mqttPort, claimPort, fps: load.fps })
  await ensureDeskOperators(cli, server.logins, paths.estateDir(estateId))
  const refused = await ensureEnrolments({ ...deps, cli }, plan)
  return { plan, gatewayId, metricsUrl: `http://127.0.0.1:${opsPort}/metrics`, deskUrl: `https://127.0.0.1:${deskPort}`, ...devices, refused }
}
