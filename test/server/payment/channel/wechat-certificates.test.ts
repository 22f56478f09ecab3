import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { createFaultPlan } from '../../../../firmware-sim/channel/channel-faults.js'
import { openSandboxKeys } from '../../../../firmware-sim/channel/sandbox-keys.js'
import { createSandbox } from '../../../../firmware-sim/channel/sandbox.js'
import { signedHeaders } from '../../../../firmware-sim/channel/wechat-wire.js'
import { systemClock } from '../../../../gateway/kernel/clock.js'
import { systemRandom } from '../../../../gateway/kernel/random.js'
import { err, ok } from '../../../../gateway/kernel/result.js'
import { openChannels } from '../../../../server/payment/channel/open-channels.js'
import { certificatesIn, createPlatformKeys, keyAmong } from '../../../../server/payment/channel/wechat-certificates.js'
import { createRecordingLog } from '../../../support/recording-log.js'
import { createVirtualClock } from '../../../support/virtual-clock.js'
import { makeTempFolder } from '../../support/temp-database.js'

const keyFolder = makeTempFolder()
afterAll(async () => (await keyFolder).remove())

async function start(mode: { publicKey: boolean; certificates: boolean }) {
  const { folder } = await keyFolder
  const keys = await openSandboxKeys(folder, Date.now())
  const sandbox = createSandbox({ keys, faults: createFaultPlan(1), clock: systemClock, log: createRecordingLog(), seed: 1, scale: 1_000 })
  const { port } = await sandbox.start(0)
  onTestFinished(() => sandbox.stop())
  const file = (name: string): string => join(folder, name)
  const channels = await openChannels({ timeoutMs: 5_000, alipay: null, wechat: {
    merchantId: keys.wechat.mchid, appId: keys.wechat.appid, merchantSerial: keys.wechat.merchantSerial, privateKeyFile: file('wechat-merchant-private.pem'), apiV3KeyFile: file('wechat-apiv3.key'),
    publicKeyId: mode.publicKey ? keys.wechat.publicKeyId : null, publicKeyFile: mode.publicKey ? file('wechat-platform-public.pem') : null, platformCertificates: mode.certificates,
    baseUrl: `http://127.0.0.1:${port}`, notifyUrl: 'http://127.0.0.1:9/notify/wechat',
  } }, { clock: systemClock, random: systemRandom })
  const channel = channels.get('wechat')
  if (channel === undefined) throw new Error('no channel')
  /** Something that WeChat Pay signed, under a serial; what it says is none of a notify. */
  const refusal = (serial: string) => {
    const answer = channel.readNotify({ headers: signedHeaders(keys.wechat, '{}', Date.now(), serial), body: Buffer.from('{}') })
    return answer.ok ? 'taken' : answer.error
  }
  return { keys, channel, refusal }
}

describe('§0.10 WeChat Pay signs by its public key or by a platform certificate', () => {
  it('certificates alone: they are fetched, opened with the APIv3 key, and answers hold', async () => {
    const { keys, channel, refusal } = await start({ publicKey: false, certificates: true })
    expect(await channel.queryOrder('RT0001')).toEqual({ ok: true, value: { state: 'not-here' } })
    expect(refusal(keys.wechat.certificateSerial)).toBe('malformed')
    expect(refusal(keys.wechat.publicKeyId)).toBe('unknown-key')
  })

  it('both during a switch: a notify under either serial holds, under another none', async () => {
    const { keys, channel, refusal } = await start({ publicKey: true, certificates: true })
    await channel.queryOrder('RT0001')
    expect([refusal(keys.wechat.certificateSerial), refusal(keys.wechat.publicKeyId), refusal('0'.repeat(40))]).toEqual(['malformed', 'malformed', 'unknown-key'])
  })

  it('the public key alone: a certificate is unknown, and none is fetched', async () => {
    const { keys, refusal } = await start({ publicKey: true, certificates: false })
    expect([refusal(keys.wechat.publicKeyId), refusal(keys.wechat.certificateSerial)]).toEqual(['malformed', 'unknown-key'])
  })

  it('with neither nothing could be believed: refused at start, by name', async () => {
    await expect(start({ publicKey: false, certificates: false })).rejects.toThrow(/publicKeyId/)
  })
})

describe('platform certificates', () => {
  it('sealed with another key, under another serial or out of their time are none', async () => {
    const { folder } = await keyFolder
    const keys = await openSandboxKeys(folder, Date.now())
    const { seal } = await import('../../../../firmware-sim/channel/wechat-wire.js')
    const list = (serial: string, key = keys.wechat) => JSON.stringify({ data: [{
      serial_no: serial, expire_time: '2031-01-01T00:00:00+08:00', encrypt_certificate: seal(key, keys.wechat.certificatePem, 'certificate'),
    }] })
    const good = certificatesIn(list(keys.wechat.certificateSerial), keys.wechat.apiV3Key)
    expect(good.map((one) => one.serial)).toEqual([keys.wechat.certificateSerial])
    expect(certificatesIn(list(keys.wechat.certificateSerial), Buffer.alloc(32, 1))).toEqual([])
    expect(certificatesIn(list('A'.repeat(40)), keys.wechat.apiV3Key)).toEqual([])
    expect(certificatesIn('{}', keys.wechat.apiV3Key)).toEqual([])
    const at = (nowMs: number): boolean => keyAmong(good, nowMs)(keys.wechat.certificateSerial.toLowerCase()) !== undefined
    expect([at(Date.now()), at(Date.now() - 86_400_000), at(Date.now() + 6 * 366 * 86_400_000)]).toEqual([true, false, false])
  })

  it('are loaded anew after twelve hours, and for a strange serial once a minute at most', async () => {
    const { folder } = await keyFolder
    const key = createPublicKey(await readFile(join(folder, 'wechat-platform-public.pem'), 'utf8'))
    const clock = createVirtualClock()
    let loads = 0
    let works = false
    const keys = createPlatformKeys({ publicKey: null, clock, certificates: () => {
      loads += 1
      return Promise.resolve(works ? ok([{ serial: 'AA', key, fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER }]) : err({ kind: 'retry', code: 'x', message: '' } as const))
    } })
    await keys.refreshIfDue()
    await keys.refreshIfDue()
    expect([loads, keys.keyOf('AA')]).toEqual([1, undefined])
    works = true
    await clock.run(61_000)
    await keys.refreshIfDue()
    expect(keys.keyOf('aa')).toBe(key)
    const before = loads
    for (let times = 0; times < 50; times += 1) keys.keyOf('BB')
    await clock.run(1_000)
    expect(loads - before).toBeLessThanOrEqual(1)
    const settled = loads
    await clock.run(11 * 3_600_000)
    await keys.refreshIfDue()
    expect(loads).toBe(settled)
    await clock.run(2 * 3_600_000)
    await keys.refreshIfDue()
    expect(loads).toBe(settled + 1)
  })
})
