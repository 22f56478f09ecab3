import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failSim } from '../errors.js'
import type { FaceSource } from '../frames/face-source.js'
import type { CameraEntry, ControllerEntry, ReaderEntry, TillEntry } from '../run/devices-file.js'
import type { PlannedEstate } from './demo-plan.js'
import type { DemoPaths, StateFile } from './demo-state.js'
import type { GatewayCli } from './gateway-cli.js'
import { writeJsonFile } from './json-file.js'
import { claimTokenFile } from './provision-server.js'
import { walletAt } from './provision-ways.js'

export const gatewayConfigFile = (paths: DemoPaths, estateId: string): string => join(paths.estateDir(estateId), 'gateway.json')

/** Writes the configuration of one estate's gateway. Ports are whatever is free: its ready line says which. */
export function writeGatewayConfig(
  paths: DemoPaths, estateId: string, server: { httpsPort: number; caFile: string }, workers: number,
): string {
  const file = gatewayConfigFile(paths, estateId)
  writeJsonFile(file, {
    dataDir: join(paths.estateDir(estateId), 'gateway'),
    server: { url: `https://127.0.0.1:${server.httpsPort}`, caFile: server.caFile },
    claimTokenFile: claimTokenFile(paths, estateId),
    mqtt: { host: '127.0.0.1', port: 0 },
    ops: { host: '127.0.0.1', port: 0 },
    desk: { host: '127.0.0.1', port: 0 },
    devices: { claimPort: 0, filesPort: 0 },
    face: { workers },
    sync: { uploadIntervalMs: 1_000, rosterIntervalMs: 2_000 },
  })
  return file
}

/** Where a device's certificate files are, and the code by which it claims them where they are not there yet. */
async function ensureCertificate(
  { cli, paths, claimPort }: { cli: GatewayCli; paths: DemoPaths; claimPort: number }, estateId: string, kind: 'camera' | 'controller' | 'reader' | 'till', deviceId: string,
): Promise<Pick<CameraEntry, 'caFile' | 'certFile' | 'keyFile' | 'claim'>> {
  const folder = join(paths.estateDir(estateId), 'devices', deviceId)
  const files = { caFile: join(folder, 'ca.pem'), certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
  if (Object.values(files).every((file) => existsSync(file))) return files
  return { ...files, claim: { url: `https://127.0.0.1:${claimPort}`, code: await cli.claimCode(kind, deviceId) } }
}

/** Mean seconds between two who come to a reader with something other than their face. */
const PRESENT_SECONDS = 14
/** Mean seconds between two who pay at the estate's till what is due first. */
const CUSTOMER_SECONDS = 120

const devicesOf = (estate: PlannedEstate, prefix: string): string[] =>
  estate.gates.flatMap((gate) => gate.devices).map((device) => device.deviceId).filter((id) => id.startsWith(prefix))

/** The simulator's entries for all devices of one estate. */
export async function ensureDevices(
  { cli, paths, state }: Pick<EnrolDeps, 'cli' | 'paths' | 'state'>, estate: PlannedEstate, broker: { mqttPort: number; claimPort: number; fps: number },
): Promise<{ cameras: CameraEntry[]; readers: ReaderEntry[]; tills: TillEntry[]; controllers: ControllerEntry[] }> {
  const { estateId } = estate
  const url = `mqtts://127.0.0.1:${broker.mqttPort}`
  const where = { cli, paths, claimPort: broker.claimPort }
  const cameras: CameraEntry[] = []
  for (const id of devicesOf(estate, 'cam-')) {
    const files = await ensureCertificate(where, estateId, 'camera', id)
    const cast = { ...estate.cast, residents: [...estate.cast.residents], strangers: [...estate.cast.strangers] }
    cameras.push({ kind: 'camera', id, estateId, url, ...files, fps: broker.fps, cast })
  }
  const readers: ReaderEntry[] = []
  for (const id of devicesOf(estate, 'rd-')) {
    const files = await ensureCertificate(where, estateId, 'reader', id)
    const gateId = estate.gates.find((gate) => gate.devices.some((device) => device.deviceId === id))?.gateId ?? ''
    readers.push({ kind: 'reader', id, estateId, url, ...files, wallet: walletAt({ state }, estate, gateId), presentSeconds: PRESENT_SECONDS })
  }
  const controllers: ControllerEntry[] = []
  for (const { controllerId: id, doors } of estate.controllers) {
    const files = await ensureCertificate(where, estateId, 'controller', id)
    controllers.push({ kind: 'controller', id, estateId, url, ...files, doors })
  }
  // The first household is the one whose phone is at hand: its bills are left to that.
  const households = estate.households.slice(1).map(({ householdNo }) => householdNo)
  const till = await ensureCertificate(where, estateId, 'till', 'till-1')
  const tills: TillEntry[] = [{ kind: 'till', id: 'till-1', estateId, url, ...till, households, customerSeconds: CUSTOMER_SECONDS }]
  return { cameras, readers, tills, controllers }
}

const ROSTER_WAIT_MS = 60_000
const ROSTER_LOOK_MS = 500
const NOT_YET = ['unknown-person', 'no-consent']

export interface EnrolDeps {
  readonly cli: GatewayCli
  readonly state: StateFile
  readonly paths: DemoPaths
  readonly faces: FaceSource
  readonly pause: (ms: number) => Promise<void>
}

/** The register takes a moment to reach the gateway: until then it knows neither person nor consent. */
async function enrolOnce({ cli, pause }: EnrolDeps, personRef: string, photo: string): Promise<string> {
  for (let waitedMs = 0; ; waitedMs += ROSTER_LOOK_MS) {
    const { ok, answer, text } = await cli.enrol(personRef, [photo])
    if (ok) return `${String(answer['templates'] ?? 1)} template`
    const reason = String(answer['reason'] ?? answer['code'] ?? text)
    if (!NOT_YET.includes(reason) || waitedMs >= ROSTER_WAIT_MS) return `refused: ${reason}`
    await pause(ROSTER_LOOK_MS)
  }
}

/**
 * Enrols who is not enrolled yet, each with a photo cut out of a demo picture. The photos are temporary files and gone
 * when this returns or throws.
 * @returns refusals, by the persons' example names
 * @throws AppError SIM_DEMO_GATEWAY where nobody of the estate could be enrolled
 */
export async function ensureEnrolments(deps: EnrolDeps, estate: PlannedEstate): Promise<string[]> {
  const refused: string[] = []
  const folder = mkdtempSync(join(deps.paths.estateDir(estate.estateId), 'photos-'))
  try {
    for (const { faceId, displayName } of estate.persons) {
      const known = deps.state.person(estate.estateId, faceId)
      if (known.enrolled !== undefined || known.personRef === undefined) continue
      const photo = join(folder, `${faceId}.jpg`)
      writeFileSync(photo, await deps.faces.photo(faceId), { mode: 0o600 })
      known.enrolled = await enrolOnce(deps, known.personRef, photo)
      if (known.enrolled.startsWith('refused')) refused.push(`${displayName}: ${known.enrolled}`)
      deps.state.save()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  if (refused.length === estate.persons.length) throw failSim('SIM_DEMO_GATEWAY', { command: 'enrol', estate: estate.estateId, refused })
  return refused
}
