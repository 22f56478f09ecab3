import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Child, eventually, startChild } from './child.js'
import {
  CAMERA, CONTROLLER, ESTATE, createEstateUnderTest, registerResident, withPhoto, type EstateUnderTest, type Resident,
} from './estate-under-test.js'
import { createServerUnderTest, type ServerUnderTest } from './server-under-test.js'
import { createUplink, type Uplink } from './uplink.js'

/** Server, one estate's gateway and the line between them, each a process or socket of its own. */
export interface RunningSystem {
  readonly dir: string
  readonly server: ServerUnderTest
  readonly uplink: Uplink
  readonly estate: EstateUnderTest
  /** A resident with consent, permit and an enrolled face of the demo pictures. */
  enrolled(displayName: string, faceId: string): Promise<Resident>
  /** Simulated camera and controller before the one gate. */
  devices(cast: { residents: readonly string[]; strangers: readonly string[] }, options?: readonly string[]): Promise<Child>
  stop(): Promise<void>
}

export async function startSystem(name: string, root?: string): Promise<RunningSystem> {
  const dir = mkdtempSync(join(tmpdir(), `smart-estates-${name}-`))
  const server = await createServerUnderTest(dir, root)
  await server.start()
  const uplink = await createUplink(server.httpsPort())
  const estate = await createEstateUnderTest(dir, server, uplink, root)
  await estate.start()
  let devices: Child | undefined
  return {
    dir, server, uplink, estate,
    async enrolled(displayName, faceId) {
      const resident = await registerResident(server, displayName)
      // The register reaches the gateway a moment later: until then the enrolment is refused for want of a consent.
      await withPhoto(dir, faceId, (file) => eventually(`enrolment of ${faceId}`, async () => {
        const { code, stdout, stderr } = await estate.command('enrol', '--person', resident.personRef, '--photo', file)
        if (code !== 0) throw new Error(`enrol: ${stdout}${stderr}`)
        return code
      }))
      return resident
    },
    async devices({ residents, strangers }, options = []) {
      const url = `mqtts://127.0.0.1:${estate.mqttPort()}`
      const entry = async (kind: 'camera' | 'controller', id: string) => {
        const folder = await estate.issueDevice(kind, id)
        return { kind, id, estateId: ESTATE, url, caFile: join(folder, 'ca.pem'), certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') }
      }
      const file = join(dir, 'devices.json')
      writeFileSync(file, JSON.stringify({ devices: [
        { ...await entry('camera', CAMERA), fps: 3, cast: { residents, strangers, strangerShare: strangers.length > 0 ? 0.2 : 0, groupShare: 0 } },
        { ...await entry('controller', CONTROLLER), doors: 1 },
      ] }))
      devices = startChild('firmware-sim/main.js', ['--devices', file, '--seed', '7', '--heartbeat', '1', '--state', join(dir, 'sim'), '--json', ...options])
      await devices.line('ready')
      return devices
    },
    async stop() {
      await devices?.stop()
      await estate.stop()
      await server.stop()
      await uplink.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
