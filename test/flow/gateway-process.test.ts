import { createServer, type AddressInfo } from 'node:net'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GatewayApiServer, startGatewayApiServer } from '../support/gateway-api-server.js'
import { IDENTITY } from '../support/open-store.js'
import { type GatewayHome, createHome, missing, until } from './support/gateway-rig.js'

let server: GatewayApiServer
let home: GatewayHome

describe.skipIf(missing() !== undefined)('the process of a gateway', { timeout: 120_000 }, () => {
  beforeEach(async () => {
    server = await startGatewayApiServer()
    home = createHome(server)
  })
  afterEach(async () => {
    home.remove()
    await server.close()
  })
  const text = (lines: unknown) => JSON.stringify(lines)

  it('before the server knows it nothing is open; it says so, and opens once the server answers', async () => {
    server.intercept = () => 'hang-up'
    const launched = home.launch()
    await until(() => launched.log().some((line) => String(line['msg']).startsWith('not claimed yet')), 'word that it is not claimed', 60_000)
    const status = await home.command('status', '--json')
    expect([status.code, JSON.parse(status.stdout)]).toMatchObject([0, { state: 'unclaimed', mqttPort: null, gatewayId: null, log: null }])
    const opsPort = (JSON.parse(status.stdout) as { opsPort: number }).opsPort
    expect((await fetch(`http://127.0.0.1:${opsPort}/health`)).status).toBe(503)
    const early = await home.command('issue-device', '--kind', 'camera', '--id', 'cam-1', '--out', join(home.folder, 'out'), '--json')
    expect([early.code, JSON.parse(early.stdout)]).toMatchObject([1, { kind: 'refused', code: 'GW_CONTROL_NOT_READY', details: { state: 'unclaimed' } }])
    server.intercept = undefined
    await launched.ready()
    expect(JSON.parse((await home.command('status', '--json')).stdout)).toMatchObject({ state: 'open', gatewayId: IDENTITY.gatewayId, estateId: IDENTITY.estateId })
    expect(await launched.end('SIGINT')).toBe(0)
    expect(text(launched.log())).not.toContain(server.claimToken)
    expect(text(launched.log())).not.toContain(IDENTITY.credential)
  })

  it('told to stop while it waits for an answer of the server, it ends cleanly and at once', async () => {
    home.config({ sync: { requestTimeoutMs: 120_000 } })
    server.intercept = () => 'silence'
    const launched = home.launch()
    await until(() => server.requests.length === 1, 'the claim', 60_000)
    expect(await launched.end('SIGTERM')).toBe(0)
  })

  it('a kill in the middle is seen at the next start, and the log goes on', async () => {
    const first = await home.start()
    expect(await first.end('SIGKILL')).toBeNull()
    const second = await home.start()
    expect((await home.records()).map((record) => [record['kind'], record['cleanShutdown']])).toEqual([['gateway-start.v1', true], ['gateway-start.v1', false]])
    expect(await second.end('SIGTERM')).toBe(0)
    expect(server.received.map(({ epoch, seq }) => [epoch, seq])).toEqual([[1, 1], [1, 2]])
  })

  it('a spent token is a clear failure', async () => {
    server.intercept = () => ({ status: 403, body: { code: 'SV_CLAIM', message: 'spent' } })
    const launched = home.launch()
    expect(await launched.exited()).toBe(1)
    expect(text(launched.log())).toContain('GW_SYNC_CLAIM_REFUSED')
  })

  it('a taken port for devices is a clear failure', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    home.config({ mqtt: { host: '127.0.0.1', port: (other.address() as AddressInfo).port } })
    const launched = home.launch()
    expect(await launched.exited()).toBe(1)
    expect(text(launched.log())).toMatch(/GW_(BROKER_)?LISTEN/)
    expect(text(launched.log())).toContain('EADDRINUSE')
    other.close()
  })

  it('a database that is none is a clear failure and is left as it is', async () => {
    await (await home.start()).end('SIGTERM')
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(home.dataDir, `gateway.db${suffix}`), { force: true })
    writeFileSync(join(home.dataDir, 'gateway.db'), 'this is no database, '.repeat(1_000))
    const launched = home.launch()
    expect(await launched.exited()).toBe(1)
    expect(text(launched.log())).toMatch(/GW_STORE_(FOREIGN|CORRUPT)/)
  })

  it('a lost template key is not replaced behind the database', async () => {
    await (await home.start()).end('SIGTERM')
    rmSync(join(home.dataDir, 'keys', 'template.key'))
    const launched = home.launch()
    expect(await launched.exited()).toBe(1)
    expect(text(launched.log())).toContain('GW_STORE_KEY')
  })

  it('absent models are a clear failure', async () => {
    mkdirSync(join(home.folder, 'models'))
    home.config({ face: { manifestFile: 'models/manifest.json' } })
    const launched = home.launch()
    expect(await launched.exited()).toBe(1)
    expect(text(launched.log())).toContain('GW_FACE_MANIFEST')
  })

  it('a wrong configuration names every wrong key and ends with 2', async () => {
    home.config({ mqtt: { port: 'x' }, colour: 'red', server: { url: 'http://plain', caFile: null } })
    const launched = home.launch()
    expect(await launched.exited()).toBe(2)
    for (const key of ['mqtt.port', 'colour', 'server.url']) expect(text(launched.log())).toContain(key)
    home.config({ server: { url: server.url, caFile: 'none.pem' } })
    const second = home.launch()
    expect(await second.exited()).toBe(2)
    expect(text(second.log())).toContain('server.caFile')
  })

  it.each([
    ['an unknown command', ['frobnicate']],
    ['a missing option', ['enrol', '--person', 'x']],
    ['an unknown kind of device', ['issue-device', '--kind', 'toaster', '--id', 'cam-1', '--out', 'out']],
    ['a photo that is not there', ['enrol', '--person', 'x', '--photo', 'none.jpg']],
  ])('%s ends with 2', async (_, args) => {
    expect((await home.command(...args)).code).toBe(2)
  })

  it('a command without a running gateway ends with 1 and says so', async () => {
    const answer = await home.command('status')
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining('GW_CONTROL_UNREACHABLE')])
  })
})
