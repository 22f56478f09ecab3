import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createExternalPresence } from '../../../gateway/broker/external-presence.js'
import { renderAcl, renderMosquittoConf } from '../../../gateway/broker/mosquitto-files.js'
import { DEVICE_KINDS, MESSAGES, MESSAGE_KINDS, type MessageSpec } from '../../../gateway/contract/message-table.js'
import { topicsOf } from '../../../gateway/contract/topics.js'
import { createVirtualClock } from '../../support/virtual-clock.js'
import { type Rig, type RigDevice, ESTATE, UUID, heartbeat, startRig } from './broker-rig.js'
import { hasMosquitto } from './mosquitto-broker.js'

const PATIENT = { timeout: 30_000 }
const command = { v: 1, commandId: UUID, bootId: UUID, doorNo: 1, action: 'open', releaseMs: 3_000, deadlineMonoMs: 1_000, frameAgeMs: 0 } as const

describe('the rendered ACL', () => {
  const lines = renderAcl('jh', ['cam-9', 'cam-10']).split('\n')
  /** Rights of the lines that follow `user NAME`, or of all patterns, with the device's name in its place. */
  const rights = (from: string, name: string): string[] => lines.slice(lines.indexOf(from) + 1).map((line) => line.replace(/^(topic|pattern) /, '').replace('%u', name))
    .slice(0, lines.slice(lines.indexOf(from) + 1).indexOf(''))

  it('allows each kind of device what the table says, and nothing else', () => {
    const all = rights('# Each device its own topics.', 'x-1')
    for (const deviceKind of DEVICE_KINDS) {
      const { publish, subscribe } = topicsOf({ estateId: 'jh', deviceKind, deviceId: 'x-1' })
      expect(all.filter((line) => line.includes(`/${deviceKind}/`)).sort()).toEqual([...publish.map((topic) => `write ${topic}`), ...subscribe.map((topic) => `read ${topic}`)].sort())
    }
    expect(all).toHaveLength(MESSAGE_KINDS.reduce((sum, kind) => sum + (MESSAGES[kind] as MessageSpec).devices.length, 0))
  })

  it('allows the gateway the other side of it, under a name that no device can have', () => {
    const all = rights('user gateway.jh', '')
    expect(all).toContain('read v1/jh/camera/+/frame')
    expect(all).toContain('write v1/jh/controller/+/command')
    expect(all.some((line) => /^write .*\/(frame|event|hello)$|^read .*\/command$/.test(line))).toBe(false)
  })

  it('shuts revoked devices out before anything is allowed', () => {
    expect(lines.slice(0, 7)).toEqual(['# Rendered from the message table: do not edit.', 'user cam-10', 'topic deny #', '', 'user cam-9', 'topic deny #', ''])
  })

  it('goes with a configuration that asks for certificates, names devices by them, and keeps nothing', () => {
    const conf = renderMosquittoConf({ host: '0.0.0.0', port: 8_883, connectionsMax: 64, folder: '/etc/mosquitto/estate' }).split('\n')
    for (const line of [
      'allow_anonymous false', 'require_certificate true', 'use_identity_as_username true', 'use_username_as_clientid true', 'acl_file /etc/mosquitto/estate/acl',
      'retain_available false', 'persistence false', 'max_qos 1', 'listener 8883 0.0.0.0', 'max_connections 64', 'max_packet_size 2164736',
    ]) expect(conf).toContain(line)
  })
})

describe('the gateway at a Mosquitto', () => {
  let rig: Rig
  let door: RigDevice
  beforeEach(async (ctx) => {
    if (!hasMosquitto) ctx.skip('mosquitto is not installed')
    rig = await startRig({ mosquitto: true })
    door = await rig.device('controller', 'door-1')
  })
  afterEach(() => rig?.stop())

  const beats = async (device: RigDevice, n: number): Promise<string[]> => {
    const client = rig.client(device)
    const seen: string[] = []
    client.on('message', (topic) => seen.push(topic))
    await client.subscribeAsync(topicsOf(device.address).subscribe, { qos: 1 })
    await client.publishAsync(device.topic('heartbeat'), heartbeat(n), { qos: 1 })
    await rig.journal.until(`${device.address.deviceId} heartbeat ${heartbeat(n)}`)
    return seen
  }

  it('takes all devices to be away when the broker ends, sends nothing that waited once it is back, and goes on', async () => {
    await beats(door, 1)
    await rig.mosquitto?.restart(async () => {
      await rig.journal.until('disconnected door-1')
      rig.transport.publisher.publish('doorCommand', door.address, command)
    })
    await expect.poll(async () => Promise.race([beats(door, 2).then(() => true), new Promise((resolve) => setTimeout(resolve, 1_000, false))]), PATIENT).toBe(true)
    const seen = await beats(door, 3)
    expect(seen).toEqual([])
    expect(rig.journal.lines).toContain('undelivered offline doorCommand door-1')
    rig.transport.publisher.publish('doorCommand', door.address, command)
    await expect.poll(() => seen, PATIENT).toEqual([door.topic('doorCommand')])
  }, 60_000)
})

describe('who is there, where nobody tells', () => {
  const address = { estateId: ESTATE, deviceKind: 'camera', deviceId: 'cam-1' } as const
  const clock = createVirtualClock()
  const journal: string[] = []
  const presence = createExternalPresence({
    clock, connections: { connected: ({ deviceId }) => journal.push(`connected ${deviceId}`), disconnected: ({ deviceId }) => journal.push(`disconnected ${deviceId}`) },
  })
  afterEach(() => {
    presence.endAll()
    journal.length = 0
  })

  it('a device is there from its first word until 90 s after its last', () => {
    presence.heard(address, false)
    clock.advance(89_999)
    presence.heard(address, false)
    clock.advance(89_999)
    expect([journal, presence.count()]).toEqual([['connected cam-1'], 1])
    clock.advance(1)
    expect([journal, presence.count(), clock.pending()]).toEqual([['connected cam-1', 'disconnected cam-1'], 0, 0])
  })

  it('its second hello is a new connection, its first after other words is not', () => {
    for (const isHello of [false, true, false, true]) presence.heard(address, isHello)
    expect(journal).toEqual(['connected cam-1', 'disconnected cam-1', 'connected cam-1'])
  })

  it('takes 200 messages and 32 MiB of a device in a second', () => {
    const session = presence.heard(address, true)
    const taken = (count: number, bytes: number): number => Array.from({ length: count }, () => presence.mayTake(session, bytes)).filter(Boolean).length
    expect(taken(300, 10)).toBe(200)
    clock.advance(1_000)
    expect(taken(40, 1_048_576)).toBe(32)
    clock.advance(1_000)
    expect(taken(1, 10)).toBe(1)
  })
})
