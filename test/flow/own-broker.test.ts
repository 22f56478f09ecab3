import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort, hasMosquitto, runMosquitto } from '../gateway/broker/mosquitto-broker.js'
import { startGatewayApiServer } from '../support/gateway-api-server.js'
import { connectDevice } from './support/gateway-devices.js'
import { createHome, missing, until } from './support/gateway-rig.js'

const absent = missing() ?? (hasMosquitto ? undefined : 'mosquitto is not installed')
if (absent !== undefined) console.warn(`the flow over a broker of the estate is skipped: ${absent}`)

describe('a gateway process at a broker of the estate', () => {
  it('opens without the broker, renders its files, and has a device\'s event in its log once it runs', async (ctx) => {
    if (absent !== undefined) ctx.skip(absent)
    const server = await startGatewayApiServer()
    onTestFinished(() => server.close())
    const home = createHome(server)
    onTestFinished(() => home.remove())
    const port = await freePort()
    home.config({ mqtt: { host: '127.0.0.1', port: 0, brokerUrl: `mqtts://localhost:${port}` } })
    const gateway = await home.start()
    expect(gateway.mqttPort).toBe(port)

    const files = join(home.folder, 'broker')
    expect(await home.command('render-acl', '--out', files)).toMatchObject({ code: 0, stderr: '' })
    const broker = await runMosquitto(files, port)
    onTestFinished(() => broker.stop())
    await until(() => gateway.log().some(({ msg }) => msg === 'connected to the broker'), 'the gateway is at the broker', 60_000)

    const door = await connectDevice(home, port, 'controller', 'ctl-1')
    const eventId = randomUUID()
    await door.send('doorEvent', { v: 1, eventId, bootId: door.bootId, monoMs: door.monoMs(), wallMs: Date.now(), doorNo: 1, type: 'opened', live: true })
    await until(() => door.inbox.some(({ kind, payload }) => kind === 'eventAck' && JSON.stringify(payload).includes(eventId)), 'the event is acknowledged')
    expect((await home.records()).filter(({ kind }) => kind === 'door-event.v1')).toMatchObject([{ eventId, deviceId: 'ctl-1', type: 'opened' }])

    expect((await home.command('revoke-device', '--id', 'ctl-1')).code).toBe(0)
    expect((await home.command('render-acl', '--out', files)).code).toBe(0)
    expect(readFileSync(join(files, 'acl'), 'utf8')).toContain('user ctl-1\ntopic deny #\n')
    await door.end()
    expect(await gateway.end('SIGTERM')).toBe(0)
  }, 180_000)

  it('a gateway that is its own broker renders no files', async (ctx) => {
    if (absent !== undefined) ctx.skip(absent)
    const server = await startGatewayApiServer()
    onTestFinished(() => server.close())
    const home = createHome(server)
    onTestFinished(() => home.remove())
    const gateway = await home.start()
    const { code, stderr } = await home.command('render-acl', '--out', join(home.folder, 'broker'))
    expect([code, stderr]).toEqual([1, expect.stringContaining('mqtt.brokerUrl is not configured')])
    expect(await gateway.end('SIGTERM')).toBe(0)
  }, 120_000)
})
