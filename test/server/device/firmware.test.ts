import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFirmwareFiles } from '../../../server/device/firmware-files.js'
import type { Firmware } from '../../../server/device/schemas.js'
import { stampOf } from '../../support/factories.js'
import { type Register, registerOf } from '../support/register.js'
import { type Answer, type TestServer, startTestServer } from '../support/test-server.js'
import { tempFolder } from '../support/temp-database.js'
import { type ClaimedGateway, claimedGateway } from '../sync/gateway-client.js'
import { deviceInfo } from '../sync/record-samples.js'

let server: TestServer
let register: Register
let gateway: ClaimedGateway
beforeEach(async () => {
  server = await startTestServer()
  register = registerOf(server)
  gateway = await claimedGateway(server, 'jh', register)
  await gateway.report(deviceInfo(1, { model: 'M-2' }))
})
afterEach(() => server.close())

const BYTES = randomBytes(300_000)
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const upload = async (bytes: Buffer = BYTES, version = '2.0.0', type = 'application/octet-stream'): Promise<Answer> =>
  server.call('POST', `/api/firmware?deviceKind=controller&model=M-2&version=${version}`, { as: await register.admin(), body: bytes, headers: { 'content-type': type } })
const update = async (firmwareId: string, deviceId = 'ctl-1'): Promise<Answer> =>
  server.call('POST', `/api/estates/jh/devices/${deviceId}/firmware`, { as: await server.as('estate-manager@jh'), body: { firmwareId } })
const fetchJob = async (who: ClaimedGateway, jobId: string) =>
  server.app.inject({ method: 'GET', url: `/api/gateway/v1/firmware/${jobId}`, headers: { authorization: `Bearer ${who.credential}` } })
const code = (answer: Answer): unknown => [answer.status, (answer.body as { code?: string }).code]

describe('firmware', () => {
  it('goes from an upload to the gateway\'s device, byte by byte, and its state comes back', async () => {
    const file = (await upload()).body as Firmware
    expect(file).toMatchObject({ deviceKind: 'controller', model: 'M-2', version: '2.0.0', bytes: BYTES.length, sha256: sha256(BYTES) })
    expect((await update(file.firmwareId)).status).toBe(202)
    const { orders } = (await server.call('GET', '/api/gateway/v1/orders', { headers: { authorization: `Bearer ${gateway.credential}` } })).body as { orders: Array<{ jobId: string }> }
    expect(orders).toMatchObject([{ kind: 'firmware.v1', deviceId: 'ctl-1', version: '2.0.0', bytes: BYTES.length, sha256: file.sha256 }])
    const jobId = orders[0]?.jobId ?? ''
    const fetched = await fetchJob(gateway, jobId)
    expect([fetched.statusCode, fetched.headers['content-length'], fetched.headers['content-type'], sha256(fetched.rawPayload)])
      .toEqual([200, String(BYTES.length), 'application/octet-stream', file.sha256])
    await gateway.report({ kind: 'firmware-status.v1', ...stampOf(2), deviceId: 'ctl-1', jobId, version: '2.0.0', state: 'failed', reason: 'checksum' })
    const { devices } = (await server.call('GET', '/api/devices', { as: await server.as('guard@jh') })).body as { devices: object[] }
    expect(devices).toMatchObject([{ deviceId: 'ctl-1', concerns: ['firmware-failed'], firmwareUpdate: { jobId, version: '2.0.0', state: 'failed', reason: 'checksum' } }])
  })

  it('is given to the gateway whose job it is, and to no other', async () => {
    const other = await claimedGateway(server, 'xh', register)
    await update(((await upload()).body as Firmware).firmwareId)
    const { jobId } = (await server.db.read.firmwareJob.findFirstOrThrow())
    expect([(await fetchJob(other, jobId)).statusCode, (await fetchJob(gateway, '01890000-0000-7000-8000-000000000000')).statusCode]).toEqual([404, 404])
  })

  it('of the same version and content is there already; of other content it needs a version of its own', async () => {
    const first = await upload()
    const again = await upload()
    expect([first.status, again.status, again.body]).toEqual([201, 200, first.body])
    expect(code(await upload(Buffer.from('other')))).toEqual([409, 'SV_FIRMWARE_EXISTS'])
    expect(await server.db.read.firmwareFile.count()).toBe(1)
  })

  it('is for its model and kind alone', async () => {
    const { firmwareId } = (await upload()).body as Firmware
    await gateway.report(deviceInfo(3, { deviceId: 'ctl-2', model: 'M-3' }), deviceInfo(4, { deviceId: 'cam-1', deviceKind: 'camera', model: 'M-2' }))
    expect([code(await update(firmwareId, 'ctl-2')), code(await update(firmwareId, 'cam-1')), code(await update(firmwareId, 'nobody'))])
      .toEqual([[409, 'SV_FIRMWARE_MODEL'], [409, 'SV_FIRMWARE_MODEL'], [404, 'SV_HTTP_NOT_FOUND']])
    expect(await server.db.read.gatewayOrder.count()).toBe(0)
  })

  it('stays while an order waits for it', async () => {
    const { firmwareId } = (await upload()).body as Firmware
    await update(firmwareId)
    const remove = async (): Promise<Answer> => server.call('DELETE', `/api/firmware/${firmwareId}`, { as: await register.admin() })
    expect(code(await remove())).toEqual([409, 'SV_FIRMWARE_IN_USE'])
    server.clock.advance(8 * 86_400_000)
    await server.db.transact((tx) => tx.session.updateMany({ data: { lastSeenMs: BigInt(server.clock.wallMs()), expiresAtMs: BigInt(server.clock.wallMs() + 86_400_000) } }))
    expect((await remove()).status).toBe(204)
    expect((await server.call('GET', '/api/firmware', { as: await register.admin() })).body).toEqual({ files: [] })
    expect((await register.audit()).map(({ action }) => action).filter((action) => action.startsWith('firmware'))).toEqual(['firmware.upload', 'firmware.remove'])
  })

  it.each([['empty', Buffer.alloc(0), 'application/octet-stream', 400], ['JSON', Buffer.from('{"a":1}'), 'application/json', 400], ['text', Buffer.from('x'), 'text/plain', 400]] as const)('%s is none', async (_name, bytes, type, status) => {
    expect((await upload(bytes, '9', type)).status).toBe(status)
    expect(await server.db.read.firmwareFile.count()).toBe(0)
  })
})

describe('the folder of firmware files', () => {
  it('keeps nothing of a file that is too large, breaks off, or was left by an earlier life', async () => {
    const folder = join(await tempFolder(), 'firmware')
    await mkdir(folder)
    await writeFile(join(folder, 'old.part'), 'x')
    const files = createFirmwareFiles({ folder, bytesMax: 10 })
    await expect(files.receive('large', Readable.from([Buffer.alloc(6), Buffer.alloc(5)]))).rejects.toMatchObject({ code: 'SV_HTTP_TOO_LARGE' })
    const broken = Readable.from((function* () { yield Buffer.from('begin'); throw new Error('connection lost') })())
    await expect(files.receive('broken', broken)).rejects.toThrow('connection lost')
    expect(await readdir(folder)).toEqual([])
    const kept = await files.receive('whole', Readable.from([Buffer.from('ab'), Buffer.from('c')]))
    await kept.keep()
    await kept.drop()
    expect([kept.bytes, kept.sha256, await readdir(folder)]).toEqual([3, sha256(Buffer.from('abc')), ['whole']])
  })
})
