import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CAMERA, CONTROLLER, GATE, ESTATE, type Resident, estateOn } from '../flow/support/estate-under-test.js'
import { startSystem } from '../flow/support/running-system.js'
import type { ServerUnderTest } from '../flow/support/server-under-test.js'
import { freePort, hasMosquitto } from '../gateway/broker/mosquitto-broker.js'

export const READER = 'rd-1'
/** Cards of residents; one after the other is shown at the reader. */
export const CARDS = Array.from({ length: 12 }, (_, index) => `0400${(index + 1).toString(16).padStart(4, '0')}`)
const YEAR_MS = 31_536_000_000

/** A folder with a server, a gateway and devices that know each other, none of them running: what every run begins from. */
export interface Base {
  readonly dir: string
  readonly gatewayId: string
  /** Enrolled with a face; a run may withdraw the consent. */
  readonly resident: Resident
  /** Port that the broker's files were rendered for; undefined where no Mosquitto is installed. */
  readonly brokerPort: number | undefined
}

async function addCardHolder({ api }: ServerUnderTest, number: string): Promise<void> {
  const { personRef } = await api<{ personRef: string }>('POST', '/api/persons', { estateId: ESTATE, displayName: '示例持卡人', birthDate: '1980-05-17', unitLabel: '1-102' })
  await api('POST', '/api/permits', { personRef, gateIds: [GATE], validFromMs: Date.now() - 60_000, validUntilMs: Date.now() + YEAR_MS })
  await api('POST', '/api/credentials/cards', { personRef, number })
}

/** @param root a copy of the compiled package */
export async function makeBase(root: string): Promise<Base> {
  const system = await startSystem('chaos', root)
  const { dir, server, estate, uplink } = system
  const resident = await system.enrolled('示例住户', 's1-a')
  for (const number of CARDS) await addCardHolder(server, number)
  await server.api('PUT', `/api/estates/${ESTATE}/gates/${GATE}`, {
    name: '北门', controllerId: CONTROLLER, doorNo: 1, releaseMs: 300, faceFreeWays: ['card', 'guard'],
    devices: [{ deviceId: CAMERA, direction: 'in' }, { deviceId: READER, direction: 'in' }],
  })
  await estate.issueDevice('camera', CAMERA)
  await estate.issueDevice('controller', CONTROLLER)
  await estate.issueDevice('reader', READER)
  await estate.stop()
  const brokerPort = hasMosquitto ? await freePort() : undefined
  if (brokerPort !== undefined) {
    const atBroker = estateOn(dir, {
      gatewayId: estate.gatewayId, caFile: server.caFile, uplinkPort: uplink.port, root,
      config: { mqtt: { host: '127.0.0.1', port: 0, brokerUrl: `mqtts://localhost:${brokerPort}` } },
    })
    await atBroker.start()
    mkdirSync(join(dir, 'broker'))
    const { code, stdout, stderr } = await atBroker.command('render-acl', '--out', join(dir, 'broker'))
    if (code !== 0) throw new Error(`render-acl ended with ${code}: ${stdout}${stderr}`)
    await atBroker.stop()
  }
  await server.stop()
  await uplink.close()
  return { dir, gatewayId: estate.gatewayId, resident, brokerPort }
}
