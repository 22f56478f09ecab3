import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FirmwareStatusV1 } from '#contract/device-care-messages.js'
import { encodeMessage } from '#contract/codec.js'
import type { OrderOf } from '#contract/sync-orders.js'
import type { RecordBody } from '#contract/sync-records.js'
import type { DeviceSettingsV1 } from '#contract/sync-roster.js'
import { createIdSource } from '#kernel/ids.js'
import { seededRandom } from '#kernel/random.js'
import { createStamper } from '#kernel/record-stamp.js'
import { FIRMWARE_STAGES } from '../../../gateway/device/care-ports.js'
import { type FirmwareInput, firmwareMachine } from '../../../gateway/device/firmware-machine.js'
import { FETCH_RETRY_MS, type FirmwareSource, createFirmwareService } from '../../../gateway/device/firmware-service.js'
import type { Offer } from '../../../gateway/device/one-time-files.js'
import { RESEND_MS_MIN, createParameterService } from '../../../gateway/device/parameter-service.js'
import type { DevicePublisher } from '../../../gateway/device/ports.js'
import type { GatewayStore } from '../../../gateway/store/types.js'
import { uuid } from '../../support/factories.js'
import { openStore } from '../../support/open-store.js'
import { createRecordingLog } from '../../support/recording-log.js'
import { tempDir } from '../../support/temp-dir.js'
import { createVirtualClock } from '../../support/virtual-clock.js'

const ADDRESS = { estateId: 'estate-1', deviceKind: 'camera', deviceId: 'cam-1' } as const

async function world(given?: GatewayStore) {
  const store = given ?? await openStore()
  const clock = createVirtualClock()
  const sent: Array<readonly [string, string, unknown]> = []
  const publisher: DevicePublisher = { publish: (kind, { deviceId }, payload) => {
    encodeMessage(kind, payload)
    sent.push([kind, deviceId, payload])
  } }
  const stamp = createStamper({ clock, ids: createIdSource({ clock, random: seededRandom(1) }), bootId: uuid(1, 0xb) })
  const records = async (): Promise<RecordBody[]> => (await store.recordsAfter(1, 0, 100)).map(({ payload }) => JSON.parse(payload) as RecordBody)
  return { store, clock, sent, publisher, stamp, records, log: createRecordingLog() }
}

describe('settings of a device', () => {
  const settings = (set: number, deviceId = 'cam-1'): DeviceSettingsV1 => ({ kind: 'device-settings.v1', deviceId, parameterSetId: uuid(set), values: { brightness: set } })
  const start = async (given?: GatewayStore) => {
    const rig = await world(given)
    const parameters = createParameterService(rig)
    await parameters.start()
    const answer = (set: number, outcome: 'applied' | 'refused' = 'applied') =>
      parameters.onResult(ADDRESS, { v: 1, parameterSetId: uuid(set), outcome, problems: outcome === 'refused' ? [{ name: 'brightness', problem: 'too bright' }] : [] })
    const sets = (): unknown[] => rig.sent.splice(0).map(([kind, deviceId, payload]) => [kind, deviceId, payload])
    return { ...rig, parameters, answer, sets }
  }
  const message = (set: number) => ['parameters', 'cam-1', { v: 1, parameterSetId: uuid(set), values: { brightness: set } }]

  it('are sent when it connects and when they change, until it has said what became of them; that is a record', async () => {
    const rig = await start()
    rig.parameters.replace([settings(1), settings(9, 'cam-9')])
    expect([rig.sets(), rig.parameters.of('cam-1')]).toEqual([[], { parameterSetId: uuid(1), state: 'pending' }])
    rig.parameters.connected(ADDRESS)
    rig.parameters.lost('cam-1')
    rig.parameters.connected(ADDRESS)
    expect(rig.sets()).toEqual([message(1), message(1)])
    await rig.answer(1)
    rig.parameters.connected(ADDRESS)
    rig.parameters.replace([settings(1)])
    expect([rig.sets(), rig.parameters.of('cam-1')]).toEqual([[], { parameterSetId: uuid(1), state: 'applied' }])
    rig.parameters.replace([settings(2)])
    expect(rig.sets()).toEqual([message(2)])
    await rig.answer(2, 'refused')
    await rig.answer(2, 'refused')
    expect(await rig.records()).toMatchObject([
      { kind: 'parameter-result.v1', deviceId: 'cam-1', parameterSetId: uuid(1), outcome: 'applied', problems: [] },
      { kind: 'parameter-result.v1', deviceId: 'cam-1', parameterSetId: uuid(2), outcome: 'refused', problems: [{ name: 'brightness', problem: 'too bright' }] },
    ])
    await rig.clock.run(3_600_000)
    expect(rig.sets()).toEqual([])
  })

  it('are sent again, ever more seldom, to a device that does not answer, and not while it is away', async () => {
    const rig = await start()
    rig.parameters.connected(ADDRESS)
    rig.parameters.replace([settings(1)])
    rig.clock.advance(7 * RESEND_MS_MIN)
    expect(rig.sets()).toHaveLength(4)
    rig.parameters.lost('cam-1')
    rig.clock.advance(3_600_000)
    expect([rig.sets(), rig.clock.pending()]).toEqual([[], 0])
  })

  it('an answer to other settings says nothing; the answers survive a restart, and a new certificate forgets them', async () => {
    const first = await start()
    first.parameters.replace([settings(2)])
    await first.answer(1)
    expect(await first.records()).toEqual([])
    await first.answer(2)
    const second = await start(first.store)
    second.parameters.replace([settings(2)])
    second.parameters.connected(ADDRESS)
    expect(second.sets()).toEqual([])
    second.parameters.forget('cam-1')
    second.parameters.connected(ADDRESS)
    expect(second.sets()).toEqual([message(2)])
  })
})

describe('a firmware job', () => {
  it('moves forwards only: all stages and inputs', () => {
    const status = (state: FirmwareStatusV1['state'], reason: FirmwareStatusV1['reason'] = null): FirmwareInput => ({ kind: 'status', state, reason })
    const inputs: FirmwareInput[] = [
      { kind: 'fetched' }, { kind: 'offered' }, status('downloading'), status('verified'), status('installing'), status('installed'), status('failed', 'checksum'),
      { kind: 'hello', isNew: true }, { kind: 'hello', isNew: false }, { kind: 'given-up', reason: 'install' },
    ]
    const rows = FIRMWARE_STAGES.map((stage) => inputs.map((input) => {
      const moved = firmwareMachine(stage, input)
      return moved === undefined ? '-' : [moved.state, ...moved.effects.map(({ state, reason }) => (reason === null ? `+${state}` : `+${state}(${reason})`))].join('')
    }).join(' '))
    expect(rows).toEqual([
      'ready - - - - - - - - failed+failed(install)',
      '- ready+offered downloading+downloading verified+verified installing+installing installed+installed failed+failed(checksum) installed+installed - failed+failed(install)',
      '- - - verified+verified installing+installing installed+installed failed+failed(checksum) installed+installed ready failed+failed(install)',
      '- - - - installing+installing installed+installed failed+failed(checksum) installed+installed ready failed+failed(install)',
      '- - - - - installed+installed failed+failed(checksum) installed+installed failed+failed(rolled-back) failed+failed(install)',
      '- - - - - - - - - -',
      '- - - - - - - - - -',
    ])
  })
})

describe('firmware', () => {
  const FILE = Buffer.from('the new firmware')
  const order = (job: number, change: Partial<OrderOf<'firmware.v1'>> = {}): OrderOf<'firmware.v1'> => ({
    kind: 'firmware.v1', orderId: uuid(job, 1), remainingMs: 60_000, operatorRef: uuid(9), jobId: uuid(job), deviceId: 'cam-1', version: `1.${job}.0`, bytes: FILE.length,
    sha256: createHash('sha256').update(FILE).digest('hex'), ...change,
  })
  async function start(given?: { store: GatewayStore; folder: string }) {
    const rig = await world(given?.store)
    const folder = given?.folder ?? tempDir()
    const offers = new Map<string, Offer>()
    const server = { content: FILE, answer: undefined as Awaited<ReturnType<FirmwareSource['fetch']>> | undefined, asked: 0 }
    const source: FirmwareSource = { fetch: async (_, path) => {
      server.asked += 1
      if (server.answer !== undefined) return server.answer
      writeFileSync(path, server.content)
      return { ok: true, value: { bytes: server.content.length, sha256: createHash('sha256').update(server.content).digest('hex') } }
    } }
    const firmware = createFirmwareService({
      folder, store: rig.store, source, publisher: rig.publisher,
      files: {
        offer: (offer) => {
          const url = `https://gateway/f/${offers.size}`
          offers.set(url, offer)
          return url
        },
        withdraw: (url) => void offers.delete(url),
      },
      runtime: { ...rig, isKnown: (deviceId) => deviceId.startsWith('cam') },
    })
    await firmware.start()
    const said = async (): Promise<string[]> => (await rig.records()).flatMap((record) => (record.kind === 'firmware-status.v1'
      ? [`${record.jobId.at(-1)} ${record.version} ${record.state}${record.reason === null ? '' : ` ${record.reason}`}`] : []))
    const status = (job: number, state: FirmwareStatusV1['state'], reason: FirmwareStatusV1['reason'] = null) => firmware.onStatus(ADDRESS, { v: 1, jobId: uuid(job), state, reason })
    return { ...rig, folder, offers, server, firmware, said, status, file: (job: number) => existsSync(join(folder, `${uuid(job)}.bin`)) }
  }
  const OFFER = { v: 1, jobId: uuid(1), version: '1.1.0', bytes: FILE.length, sha256: order(1).sha256 }

  it('is fetched, compared, offered by a link of its own, and done when the device runs it', async () => {
    const rig = await start()
    await rig.firmware.connected(ADDRESS, '1.0.0')
    expect(await rig.firmware.order(order(1))).toEqual({ outcome: 'done', reason: null })
    expect(rig.sent).toEqual([['firmwareOffer', 'cam-1', { ...OFFER, url: 'https://gateway/f/0' }]])
    expect(rig.offers.get('https://gateway/f/0')).toMatchObject({ filePath: join(rig.folder, `${uuid(1)}.bin`), usesMax: 3 })
    for (const state of ['downloading', 'downloading', 'verified', 'installing'] as const) await rig.status(1, state)
    expect(rig.file(1)).toBe(true)
    rig.firmware.lost('cam-1')
    await rig.firmware.connected(ADDRESS, '1.1.0')
    await rig.status(1, 'installed')
    expect(await rig.said()).toEqual(['1 1.1.0 offered', '1 1.1.0 downloading', '1 1.1.0 verified', '1 1.1.0 installing', '1 1.1.0 installed'])
    expect([rig.firmware.of('cam-1')?.stage, rig.file(1), rig.offers.size]).toEqual(['installed', false, 0])
  })

  it('a device that comes back with the old version has rolled back', async () => {
    const rig = await start()
    await rig.firmware.connected(ADDRESS, '1.0.0')
    await rig.firmware.order(order(1))
    await rig.status(1, 'installing')
    await rig.firmware.connected(ADDRESS, '1.0.0')
    expect((await rig.said()).at(-1)).toBe('1 1.1.0 failed rolled-back')
  })

  it.each([['checksum', Buffer.from('the old firmware')], ['length', Buffer.from('short')]])('a file with the wrong %s reaches no device', async (reason, content) => {
    const rig = await start()
    await rig.firmware.connected(ADDRESS, '1.0.0')
    rig.server.content = content
    expect(await rig.firmware.order(order(1))).toEqual({ outcome: 'refused', reason })
    expect([rig.sent, await rig.said(), rig.file(1)]).toEqual([[], [`1 1.1.0 failed ${reason}`], false])
    expect(await rig.firmware.order(order(1))).toEqual({ outcome: 'refused', reason: 'failed' })
  })

  it('a server that is away is asked again in time, one that has no such file is not', async () => {
    const rig = await start()
    rig.server.answer = { ok: false, error: { transient: true, message: 'gone' } }
    expect([await rig.firmware.order(order(1)), await rig.firmware.order(order(1)), rig.server.asked]).toEqual([undefined, undefined, 1])
    rig.clock.advance(FETCH_RETRY_MS)
    rig.server.answer = undefined
    expect([await rig.firmware.order(order(1)), rig.server.asked]).toEqual([{ outcome: 'done', reason: null }, 2])
    rig.server.answer = { ok: false, error: { transient: false, message: '404' } }
    expect(await rig.firmware.order(order(2))).toEqual({ outcome: 'refused', reason: 'download' })
    expect(await rig.firmware.order(order(3, { deviceId: 'stranger' }))).toEqual({ outcome: 'refused', reason: 'device-unknown' })
  })

  it('is offered when the device comes, after a restart too; a newer job takes the place of one that is not installed', async () => {
    const first = await start()
    await first.firmware.order(order(1))
    expect(first.sent).toEqual([])
    const second = await start(first)
    await second.firmware.connected(ADDRESS, '1.0.0')
    expect(second.sent).toEqual([['firmwareOffer', 'cam-1', { ...OFFER, url: 'https://gateway/f/0' }]])
    second.sent.length = 0
    await second.firmware.order(order(2))
    expect(second.sent).toMatchObject([['firmwareOffer', 'cam-1', { jobId: uuid(2) }]])
    expect([second.file(1), second.file(2)]).toEqual([false, true])
    await second.status(1, 'installed')
    expect(await second.said()).toEqual(['1 1.1.0 offered', '1 1.1.0 failed install', '2 1.2.0 offered'])
  })

  it('what another device says of a job says nothing', async () => {
    const rig = await start()
    await rig.firmware.connected(ADDRESS, '1.0.0')
    await rig.firmware.order(order(1))
    await rig.firmware.onStatus({ ...ADDRESS, deviceId: 'cam-2' }, { v: 1, jobId: uuid(1), state: 'failed', reason: 'install' })
    expect(await rig.said()).toEqual(['1 1.1.0 offered'])
  })
})
