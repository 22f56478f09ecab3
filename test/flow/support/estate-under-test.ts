import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFaceSource } from '../../../firmware-sim/frames/face-source.js'
import { issueDevice } from '../../../gateway/cli-commands.js'
import { createControlClient } from '../../../gateway/ops/control-client.js'
import { type Child, type ChildSetting, runCommand, startChild } from './child.js'
import type { ServerUnderTest } from './server-under-test.js'
import type { Uplink } from './uplink.js'

export const ESTATE = 'e1'
export const GATE = 'north'
export const CAMERA = 'cam-1'
export const CONTROLLER = 'ctl-1'

/** One estate: its gateway process and what an installer does with the gateway's command line. */
export interface EstateUnderTest {
  mqttPort(): number
  opsPort(): number
  readonly gatewayId: string
  readonly dir: string
  /** @param fixed a port to listen on again, so that devices find the gateway after its restart */
  start(fixed?: { mqttPort: number }): Promise<void>
  stop(): Promise<number | null>
  kill(): Promise<void>
  signal(name: NodeJS.Signals): void
  pid(): number
  readonly running: boolean
  readonly lines: Child['lines']
  /** Runs a command against the running gateway. */
  command(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Folder with ca.pem, cert.pem, key.pem. */
  issueDevice(kind: 'camera' | 'controller' | 'reader' | 'till', id: string): Promise<string>
}

export interface Resident {
  readonly personRef: string
  readonly consentId: string
  readonly permitId: string
}

const YEAR_MS = 31_536_000_000

/** A person with consent and permit, as a manager enters them. */
export async function registerResident(server: ServerUnderTest, displayName: string): Promise<Resident> {
  const now = Date.now()
  const { personRef } = await server.api<{ personRef: string }>('POST', '/api/persons', { estateId: ESTATE, displayName, birthDate: '1980-05-17', unitLabel: '1-101' })
  const { notices } = await server.api<{ notices: Array<{ version: string }> }>('GET', '/api/consent-notices')
  const { consentId } = await server.api<{ consentId: string }>('POST', '/api/consents', { personRef, noticeVersion: notices.at(-1)?.version, guardianRef: null, expiresAtMs: now + YEAR_MS })
  const { permitId } = await server.api<{ permitId: string }>('POST', '/api/permits', { personRef, gateIds: [GATE], validFromMs: now - 60_000, validUntilMs: now + YEAR_MS })
  return { personRef, consentId, permitId }
}

/** A photo file of a face of the demo pictures, removed when `use` has ended. */
export async function withPhoto<T>(dir: string, faceId: string, use: (file: string) => Promise<T>): Promise<T> {
  const file = join(dir, `${faceId}.jpg`)
  writeFileSync(file, await createFaceSource().photo(faceId))
  try {
    return await use(file)
  } finally {
    rmSync(file, { force: true })
  }
}

/** Estate, gate and gateway in the server's register, and a gateway that is configured but not yet started. */
export async function createEstateUnderTest(dir: string, server: ServerUnderTest, uplink: Uplink, root?: string): Promise<EstateUnderTest> {
  await server.api('POST', '/api/estates', { estateId: ESTATE, name: '示例小区', district: '蓬江区' })
  await server.api('PUT', `/api/estates/${ESTATE}/gates/${GATE}`, {
    name: '北门', controllerId: CONTROLLER, doorNo: 1, releaseMs: 1_000, faceFreeWays: ['card', 'guard'], devices: [{ deviceId: CAMERA, direction: 'in' }],
  })
  const { gatewayId, claimToken } = await server.api<{ gatewayId: string; claimToken: string }>('POST', '/api/gateways', { estateId: ESTATE, name: '边缘网关' })
  writeFileSync(join(dir, 'gateway.claim'), claimToken, { mode: 0o600 })
  return estateOn(dir, { gatewayId, caFile: server.caFile, uplinkPort: uplink.port, ...(root === undefined ? {} : { root }) })
}

export interface EstateSetting extends ChildSetting {
  readonly gatewayId: string
  readonly caFile: string
  readonly uplinkPort: number
  /** Keys of the configuration that are not as usual. */
  readonly config?: object
  /** What each start of the gateway finds in its environment. */
  readonly envOfStart?: () => Readonly<Record<string, string>>
}

/** The gateway on a folder that was set up before. */
export function estateOn(dir: string, { gatewayId, caFile, uplinkPort, config = {}, root, envOfStart = () => ({}) }: EstateSetting): EstateUnderTest {
  const configFile = join(dir, 'gateway.json')
  const dataDir = join(dir, 'gateway')
  const writeConfig = (mqttPort: number): void => writeFileSync(configFile, JSON.stringify({
    dataDir, server: { url: `https://127.0.0.1:${uplinkPort}`, caFile }, claimTokenFile: join(dir, 'gateway.claim'),
    mqtt: { host: '127.0.0.1', port: mqttPort, hostNames: [], deviceCertificateDays: 30 }, ops: { host: '127.0.0.1', port: 0 },
    devices: { claimPort: 0, filesPort: 0 },
    // No threshold of its own: the flows prove what is shipped.
    face: { manifestFile: null, workers: 1 },
    access: { frameAgeMsMax: 10_000, commandValidityMs: 5_000, regrantHoldMs: 1_000 },
    sync: { uploadIntervalMs: 500, rosterIntervalMs: 500, requestTimeoutMs: 5_000 }, log: { level: 'info' }, ...config,
  }))
  let child: Child | undefined
  let ports = { mqttPort: 0, opsPort: 0 }
  const command: EstateUnderTest['command'] = (...args) => runCommand('gateway/main.js', ['--config', configFile, ...args], '', root)
  return {
    gatewayId, dir,
    mqttPort: () => ports.mqttPort,
    opsPort: () => ports.opsPort,
    get running() { return child?.running ?? false },
    get lines() { return child?.lines ?? [] },
    async start(fixed = { mqttPort: 0 }) {
      writeConfig(fixed.mqttPort)
      child = startChild('gateway/main.js', ['--config', configFile], { root, env: envOfStart() })
      const ready = await child.line('ready')
      ports = { mqttPort: Number(ready['mqttPort']), opsPort: Number(ready['opsPort']) }
    },
    stop: async () => child?.stop() ?? null,
    kill: async () => child?.kill(),
    signal: (name) => child?.signal(name),
    pid: () => child?.pid ?? 0,
    command,
    async issueDevice(kind, id) {
      const out = join(dir, id)
      const issued = await issueDevice(createControlClient(dataDir), { kind, id, out })
      if (!issued.done) throw new Error(issued.text)
      return out
    },
  }
}
