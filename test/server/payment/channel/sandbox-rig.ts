import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createFaultPlan, type ChannelFault } from '../../../../firmware-sim/channel/channel-faults.js'
import { type SandboxKeys, openSandboxKeys } from '../../../../firmware-sim/channel/sandbox-keys.js'
import { createSandbox } from '../../../../firmware-sim/channel/sandbox.js'
import { type Clock, systemClock } from '../../../../gateway/kernel/clock.js'
import { systemRandom } from '../../../../gateway/kernel/random.js'
import { createAlipayChannel } from '../../../../server/payment/channel/alipay-channel.js'
import { createAlipayTransport } from '../../../../server/payment/channel/alipay-transport.js'
import { createChannelHttp } from '../../../../server/payment/channel/channel-http.js'
import type { NotifyRequest, PayChannel } from '../../../../server/payment/channel/channel-port.js'
import { createWechatChannel } from '../../../../server/payment/channel/wechat-channel.js'
import { createWechatTransport } from '../../../../server/payment/channel/wechat-transport.js'
import { createRecordingLog } from '../../../support/recording-log.js'
import { tempFolder } from '../../support/temp-database.js'

/** A notify as it came in, and what it was answered. */
export interface Came extends NotifyRequest {
  readonly channel: 'wechat' | 'alipay'
}

const SCALE = 1_000

/** The merchant's side of notifies: takes what it can read, as the server would. */
async function listenForNotifies(channels: () => Record<string, PayChannel>): Promise<{ url: string; came: Came[]; taken: Came[] }> {
  const came: Came[] = []
  const taken: Came[] = []
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const channel = request.url === '/alipay' ? 'alipay' : 'wechat'
      const one: Came = { channel, headers: request.headers, body: Buffer.concat(parts) }
      came.push(one)
      const reader = channels()[channel] as PayChannel
      const read = reader.readNotify(one)
      if (read.ok) taken.push(one)
      const { status, contentType, body } = read.ok ? reader.notifyAnswers.taken : reader.notifyAnswers.refused
      response.writeHead(status, { 'content-type': contentType }).end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => { server.closeAllConnections(); server.close(() => resolve()) }))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, came, taken }
}

/** Eight RSA keys take a while: those of the first rig serve all others of the process. */
const made = new Map<string, Buffer>()
async function openKeys(folder: string, nowMs: number): Promise<SandboxKeys> {
  for (const [name, bytes] of made) await writeFile(join(folder, name), bytes, { mode: 0o600 })
  const keys = await openSandboxKeys(folder, nowMs)
  if (made.size === 0) for (const name of await readdir(folder)) made.set(name, await readFile(join(folder, name)))
  return keys
}

/** Both channels of a merchant against the sandbox, over real loopback HTTP. @param clock of both sides */
export async function sandboxRig(clock: Clock = systemClock) {
  const folder = await tempFolder()
  const keys = await openKeys(folder, clock.wallMs())
  const faults = createFaultPlan(7)
  const sandbox = createSandbox({ keys, faults, clock, log: createRecordingLog(), seed: 7, scale: SCALE })
  const { port } = await sandbox.start(0)
  onTestFinished(() => sandbox.stop())
  const origin = `http://127.0.0.1:${port}`
  const channels: Record<string, PayChannel> = {}
  const notifies = await listenForNotifies(() => channels)
  const pem = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  const random = systemRandom
  const http = createChannelHttp({ clock, timeoutMs: 5_000 })
  const platformKey = createPublicKey(await pem('wechat-platform-public.pem'))
  const keyOf = (serial: string) => (serial === keys.wechat.publicKeyId ? platformKey : undefined)
  const privateKey = createPrivateKey(await pem('wechat-merchant-private.pem'))
  const merchantId = keys.wechat.mchid
  const transport = createWechatTransport({
    merchant: { merchantId, serialNo: keys.wechat.merchantSerial, privateKey }, baseUrl: origin, answerSerial: () => keys.wechat.publicKeyId, keyOf, http,
    runtime: { clock, random },
  })
  const wechat = createWechatChannel({
    merchant: { merchantId, appId: keys.wechat.appid, privateKey, apiV3Key: keys.wechat.apiV3Key }, notifyUrl: `${notifies.url}/wechat`, transport, keyOf, clock, random,
  })
  const alipayKey = createPublicKey(await pem('alipay-public.pem'))
  const { appId, sellerId } = keys.alipay
  const alipay = createAlipayChannel({
    merchant: { appId, sellerId, alipayKey }, notifyUrl: `${notifies.url}/alipay`, billHosts: [`127.0.0.1:${port}`], http, clock,
    transport: createAlipayTransport({ appId, privateKey: createPrivateKey(await pem('alipay-merchant-private.pem')), alipayKey, gatewayUrl: `${origin}/gateway.do`, http, clock }),
  })
  Object.assign(channels, { wechat, alipay })
  return {
    wechat, alipay, origin, keys, ...notifies,
    fault: (about: string, ...wanted: ChannelFault[]) => faults.plan(about, wanted),
    pay: async (channel: 'wechat' | 'alipay', no: string): Promise<string> => ((await (await fetch(`${origin}/sandbox/trades/${channel}/${no}/pay`,
      { method: 'POST' })).json()) as { outcome: string }).outcome,
    until: async (done: () => boolean, what: string): Promise<void> => {
      for (let tries = 0; !done(); tries += 1) {
        if (tries > 500) throw new Error(`waited in vain: ${what}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
  }
}
