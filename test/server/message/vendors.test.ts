import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Fastify from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../../../gateway/kernel/random.js'
import { openMessageBook } from '../../../firmware-sim/message/message-book.js'
import { type MessageSandbox, createMessageSandbox } from '../../../firmware-sim/message/message-sandbox.js'
import { createRunChange } from '../../../server/audit/change.js'
import type { App } from '../../../server/http/app-types.js'
import type { Database } from '../../../server/db/transaction.js'
import { signedCall } from '../../../server/message/aliyun-signature.js'
import { type MessageSender, createMessageSender, queueMessages } from '../../../server/message/message-outbox.js'
import { messageNotifyRoutes } from '../../../server/message/notify-routes.js'
import { createPacer } from '../../../server/message/pacer.js'
import { createSmsChannel } from '../../../server/message/sms-channel.js'
import { createAddressService } from '../../../server/message/address-service.js'
import { createWechatChannel } from '../../../server/message/wechat-channel.js'
import { isFromWechat, newsIn } from '../../../server/message/wechat-rules.js'
import { bindOpenId } from '../../../server/resident/person-register.js'
import { createChannelHttp } from '../../../server/payment/channel/channel-http.js'
import { type VirtualClock, createVirtualClock } from '../../support/virtual-clock.js'
import { openDatabase } from '../../../server/db/client.js'
import { migrate } from '../../../server/db/migrate.js'
import { MIGRATIONS, makeTempFolder, systemIds } from '../support/temp-database.js'

const KEY = { id: 'LTAI5tExampleExample', secret: 'a-secret-of-thirty-characters' }
const WECHAT = { appId: 'wx8888888888888888', secret: 'account-secret', callbackToken: 'callback-token' }
const [ON_WECHAT, ON_SMS] = ['p-wechat', 'p-sms']
const PHONES: Readonly<Record<string, string>> = { [ON_WECHAT]: '13800138001', [ON_SMS]: '13800138002' }
const OPEN_ID = 'oEcpg5NPahjjAWDOzjzf9ixuVQXk'
/** A pace would wait for a clock that stands still. */
const UNPACED = Number.POSITIVE_INFINITY
const templates = { 'rent-reminder': 'SMS_1001', 'rent-second-reminder': 'SMS_1002', 'login-code': 'SMS_1003' }
const APPROVED = { signName: '江门公租房', templates: { SMS_1001: '租金${amount}元，${dueDate}到期', SMS_1002: '租金${amount}元，${dueDate}起逾期${days}天', SMS_1003: '验证码${code}', SMS_1004: '${nobody}' } }

let clock: VirtualClock
let sandbox: MessageSandbox
let origin: string
let phones: string
beforeAll(async () => {
  clock = createVirtualClock()
  phones = join(mkdtempSync(join(tmpdir(), 'phones-')), 'messages.jsonl')
  sandbox = createMessageSandbox({ clock, random: systemRandom, aliyun: { ...KEY, approved: APPROVED }, wechat: WECHAT, book: openMessageBook(phones) })
  ;({ origin } = await sandbox.start())
})
afterAll(async () => {
  await sandbox.stop()
  rmSync(dirname(phones), { recursive: true })
})

const http = () => createChannelHttp({ clock, timeoutMs: 5_000 })
const smsOf = (secret = KEY.secret, other: { signName?: string; templates?: typeof templates } = {}) => createSmsChannel({
  settings: { endpoint: origin, accessKeyId: KEY.id, signName: APPROVED.signName, templates, perSecondMax: UNPACED, ...other }, secret, http: http(), clock, random: systemRandom,
})
const wechatOf = () => createWechatChannel({
  settings: { baseUrl: origin, appId: WECHAT.appId, pageUrl: 'https://pay.example/', perSecondMax: UNPACED, templates: { 'rent-reminder': { id: 'T-1', keys: { amount: 'amount2', dueDate: 'time3' } } } },
  secret: WECHAT.secret, http: http(), clock,
})

let db: Database
let sender: MessageSender
let close: () => Promise<void>
afterAll(() => close())
beforeAll(async () => {
  const { folder, remove } = await makeTempFolder()
  const url = `file:${join(folder, 'server.db')}`
  await migrate({ url, folder: MIGRATIONS, clock, ids: systemIds })
  db = await openDatabase(url)
  close = async () => {
    await db.close()
    await remove()
  }
  await db.transact(async (tx) => {
    for (const [personRef, phone] of Object.entries(PHONES)) await tx.personContact.create({ data: { personRef, phone } })
    await bindOpenId(tx, ON_WECHAT, OPEN_ID, 1)
  })
})
beforeEach(() => {
  // Each test has channels of its own: none is left alone for what another was told.
  sender = createMessageSender({ read: db.read, change: createRunChange({ db, clock }), clock, channels: [wechatOf(), smsOf()] })
})
/** A message more, sent. @returns its row and what arrived for it */
async function send(personRef: string, key: string, template: 'rent-reminder' | 'rent-second-reminder' = 'rent-reminder') {
  const before = sandbox.arrived.length
  const change = createRunChange({ db, clock })
  await change(null, (one) => queueMessages(one, systemIds, [{ dedupeKey: key, estateId: 'jh', personRef, template, fields: { openFen: 45_120, dueDate: '2026-09-10', daysOverdue: 12 } }]))
  await sender.sendDue()
  return { row: () => db.read.outboundMessage.findUniqueOrThrow({ where: { dedupeKey: key } }), arrived: sandbox.arrived.slice(before) }
}

describe('the signature of Alibaba Cloud', () => {
  it('is that of the published example', () => {
    const { query, headers } = signedCall({
      host: 'ecs.cn-shanghai.aliyuncs.com', action: 'RunInstances', version: '2014-05-26', date: '2023-10-26T10:22:32Z', nonce: '3156853299f313e23d1673dc12e1703d',
      params: { RegionId: 'cn-shanghai', ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd' },
    }, { id: 'YourAccessKeyId', secret: 'YourAccessKeySecret' })
    expect(query).toBe('ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai')
    expect(headers['authorization']).toBe('ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,'
      + 'Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0')
  })
})

describe('the sandbox of the SMS service', () => {
  const message = { messageId: 'm', phone: '13800138003', openId: null, template: 'login-code', templateVersion: 1, fields: { code: '123456' }, text: '' } as const

  it('refuses for good what was not approved: signature, template, a value that is missing', async () => {
    const before = sandbox.arrived.length
    const codeBy = (code: string) => ({ templates: { ...templates, 'login-code': code } })
    const refused = await Promise.all([{ signName: '别的签名' }, codeBy('SMS_9999'), codeBy('SMS_1004')].map((other) => smsOf(KEY.secret, other).send(message)))
    expect(refused.map((one) => one.outcome === 'refused' && one.problem.split(':')[0])).toEqual(['isv.SMS_SIGNATURE_ILLEGAL', 'isv.SMS_TEMPLATE_ILLEGAL', 'isv.TEMPLATE_MISSING_PARAMETERS'])
    expect(sandbox.arrived.length).toBe(before)
  })

  it('shows on its page what phones got, and has it after a restart, with a line that a power cut tore', async () => {
    expect(await smsOf().send(message)).toMatchObject({ outcome: 'sent' })
    const page = await (await fetch(`${origin}/`)).text()
    expect(page).toContain('<strong>13800138003</strong>')
    expect(page).toContain('【江门公租房】验证码123456')
    appendFileSync(phones, '{"by":"sms","to":"138')
    openMessageBook(phones).add({ ...sandbox.arrived[0] as (typeof sandbox.arrived)[0], text: 'later' })
    expect(openMessageBook(phones).earlier.map((one) => one.text)).toEqual([...sandbox.arrived.map((one) => one.text), 'later'])
    for (const text of ['{}', '[]\n', '{"by":"sms"}\n']) {
      writeFileSync(`${phones}.other`, text)
      expect(() => openMessageBook(`${phones}.other`)).toThrow('something else than messages, line 1')
      expect(readFileSync(`${phones}.other`, 'utf8')).toBe(text)
    }
  })
})

describe('a reminder', () => {
  it('goes by SMS with the template\'s variables, and its arrival is asked for and kept', async () => {
    const { row, arrived } = await send(ON_SMS, 'sms-1', 'rent-second-reminder')
    const sent = await row()
    expect(arrived).toEqual([{ by: 'sms', to: '13800138002', template: 'SMS_1002', values: { amount: '451.20', dueDate: '2026-09-10', days: '12' },
      text: '【江门公租房】租金451.20元，2026-09-10起逾期12天', atMs: clock.wallMs(), receipt: sent.receipt, id: sent.messageId }])
    expect(sent).toMatchObject({ state: 'sent', channel: 'sms', delivery: 'waiting', nextAskMs: BigInt(clock.wallMs() + 60_000), fields: null })
    expect(await sender.askDue()).toBe(0)
    sandbox.operator('13800138002', 'waiting')
    clock.advance(60_000)
    expect([await sender.askDue(), (await row()).delivery]).toEqual([0, 'waiting'])
    sandbox.operator('13800138002', 'failed')
    clock.advance(240_000)
    expect([await sender.askDue(), await row()]).toMatchObject([0, { state: 'sent', delivery: 'failed', problem: 'MOBILE_NOT_ON_SERVICE', nextAskMs: null }])
  })

  it('goes by WeChat to whoever bound it, with one token for many, and its arrival is told', async () => {
    const before = sandbox.tokens()
    const { row, arrived } = await send(ON_WECHAT, 'wechat-1')
    const sent = await row()
    expect(arrived).toEqual([{ by: 'wechat', to: OPEN_ID, template: 'T-1', values: { amount2: '451.20', time3: '2026-09-10' },
      text: '', atMs: clock.wallMs(), receipt: sent.receipt, id: sent.messageId.replaceAll('-', '') }])
    expect((await send(ON_WECHAT, 'wechat-2')).arrived).toHaveLength(1)
    expect(sandbox.tokens() - before).toBe(1)
    // A template that the account has none for goes by SMS.
    expect((await send(ON_WECHAT, 'wechat-3', 'rent-second-reminder')).arrived).toMatchObject([{ by: 'sms', to: '13800138001' }])
    expect(await sender.told('wechat', sent.receipt ?? '', null, 1_790_000_000_000)).toBe(true)
    expect(await row()).toMatchObject({ delivery: 'delivered', deliveredAtMs: 1_790_000_000_000n })
    expect(await sender.told('wechat', sent.receipt ?? '', 'failed:user block', 1)).toBe(false)
  })

  it('goes once with a new token where the old one is void (40001)', async () => {
    await send(ON_WECHAT, 'token-1')
    const before = sandbox.tokens()
    sandbox.dropToken()
    const { row, arrived } = await send(ON_WECHAT, 'token-2')
    expect([arrived.length, (await row()).state, sandbox.tokens() - before]).toEqual([1, 'sent', 1])
  })

  it('goes by SMS where WeChat refuses for good, as where the person left the account', async () => {
    sandbox.refuse('wechat', '43004')
    const { row, arrived } = await send(ON_WECHAT, 'fallback-1')
    expect([arrived.map((message) => message.by), await row()]).toMatchObject([['sms'], { state: 'sent', channel: 'sms' }])
  })

  it.each([
    ['isv.BUSINESS_LIMIT_CONTROL', { state: 'queued', attempts: 1 }], ['isp.SYSTEM_ERROR', { state: 'queued', attempts: 1 }],
    ['isv.MOBILE_NUMBER_ILLEGAL', { state: 'failed', attempts: 1 }], ['isv.SMS_TEMPLATE_ILLEGAL', { state: 'failed', attempts: 1 }],
    ['Throttling.User', { state: 'queued', attempts: 0 }], ['isv.AMOUNT_NOT_ENOUGH', { state: 'queued', attempts: 0 }], ['hang-up', { state: 'unknown', attempts: 1 }],
  ])('refused by SMS with %s becomes %o', async (code, becomes) => {
    sandbox.refuse('sms', code)
    const { row } = await send(ON_SMS, `refused-${code}`)
    expect(await row()).toMatchObject({ channel: 'sms', ...becomes })
  })

  it('waits while the vendor takes nothing from anybody, and goes then', async () => {
    sandbox.refuse('sms', 'Throttling.User')
    await send(ON_SMS, 'held-1')
    const second = await send(ON_SMS, 'held-2')
    expect([second.arrived, await second.row()]).toMatchObject([[], { state: 'queued', attempts: 0 }])
    clock.advance(60_000)
    await sender.sendDue()
    expect(await second.row()).toMatchObject({ state: 'sent', attempts: 1 })
  })

  it('is refused by the vendor where the secret is another, and none is lost by it', async () => {
    sender = createMessageSender({ read: db.read, change: createRunChange({ db, clock }), clock, channels: [smsOf('another-secret')] })
    const { row, arrived } = await send(ON_SMS, 'wrong-key')
    expect([arrived, await row()]).toMatchObject([[], { state: 'queued', attempts: 0, problem: expect.stringContaining('SignatureDoesNotMatch') }])
  })
})

it('no more messages begin in a second than the contract allows, evenly', async () => {
  const pace = createPacer({ clock, perSecondMax: 4 })
  const begun: number[] = []
  const startedMs = clock.monoMs()
  const all = (async () => {
    for (let count = 0; count < 3; count += 1) {
      await pace()
      begun.push(clock.monoMs() - startedMs)
    }
  })()
  for (let step = 0; step < 6; step += 1) await clock.run(125)
  await all
  expect(begun).toEqual([0, 250, 500])
})

describe('what WeChat tells', () => {
  it('is believed by its signature alone, and only of messages', async () => {
    const { query, body } = sandbox.event('200228999', 'failed:user block')
    const { signature = '', timestamp = '', nonce = '' } = Object.fromEntries(new URLSearchParams(query))
    expect(isFromWechat(WECHAT.callbackToken, { signature, timestamp, nonce })).toBe(true)
    for (const wrong of [{ signature: signature.replace(/^./, (char) => (char === '0' ? '1' : '0')), timestamp, nonce }, { signature, timestamp: `${timestamp}0`, nonce }, { signature, timestamp, nonce: 'x' }]) {
      expect(isFromWechat(WECHAT.callbackToken, wrong)).toBe(false)
    }
    expect(newsIn(body)).toEqual({ receipt: '200228999', problem: 'failed:user block', atMs: Math.floor(clock.wallMs() / 1_000) * 1_000 })
    expect(newsIn(body.replace('TEMPLATESENDJOBFINISH', 'subscribe'))).toBeUndefined()
    expect(newsIn('<xml>')).toBeUndefined()
  })

  it('is taken at its address, and told again where the message is not known yet', async () => {
    const app = Fastify()
    const told: unknown[] = []
    messageNotifyRoutes({ token: WECHAT.callbackToken, nowMs: clock.wallMs, told: async (...news) => told.push(news) > 1 })(app as unknown as App)
    const { query, body } = sandbox.event('200228777', 'success')
    const news = ['wechat', '200228777', null, Math.floor(clock.wallMs() / 1_000) * 1_000]
    const post = async (search: string): Promise<string> => {
      const answer = await app.inject({ method: 'POST', url: `/notify/wechat-messages?${search}`, payload: body, headers: { 'content-type': 'text/xml' } })
      return `${answer.statusCode} ${answer.statusCode < 400 ? answer.body : ''}`.trim()
    }
    expect([await post(query), await post(query)]).toEqual(['503', '200 success'])
    expect(told).toEqual([news, news])
    expect((await app.inject({ method: 'GET', url: `/notify/wechat-messages?${query}&echostr=5837397301` })).body).toBe('5837397301')
    clock.advance(301_000)
    expect(await post(query)).not.toContain('success')
    expect(told).toHaveLength(2)
    await app.close()
  })

  it('whose code it is, and nothing where the code is none', async () => {
    const wechat = wechatOf()
    expect([await wechat.openIdOf(`code-of-${OPEN_ID}`), await wechat.openIdOf('made-up')]).toEqual([OPEN_ID, undefined])
  })

  it('binds whoever came with a code of their own, and nobody else', async () => {
    const me = { personRef: 'p-bound', estateId: 'jh' }
    const change = createRunChange({ db, clock })
    const addresses = createAddressService({ read: db.read, change, wechat: { channel: wechatOf(), appId: WECHAT.appId, callbackToken: 't' } })
    await db.transact((tx) => tx.personContact.create({ data: { personRef: me.personRef, phone: '13800138009' } }))
    await expect(addresses.bind('user-1', me, 'made-up')).rejects.toMatchObject({ code: 'SV_MESSAGE_WECHAT' })
    const nowhere = createAddressService({ read: db.read, change, wechat: null })
    await expect(nowhere.bind('user-1', me, `code-of-${OPEN_ID}`)).rejects.toMatchObject({ code: 'SV_MESSAGE_WECHAT' })
    expect(await addresses.state(me.personRef, 'https://pay.example/me')).toMatchObject({ offered: true, bound: false })
    await addresses.bind('user-1', me, `code-of-${OPEN_ID}`)
    expect(await nowhere.state(me.personRef, 'https://pay.example/me')).toEqual({ offered: false, bound: true, url: null })
    await addresses.unbind('user-1', me)
    expect(await addresses.state(me.personRef, 'https://pay.example/me')).toMatchObject({ bound: false })
    expect(JSON.stringify(await db.read.auditEntry.findMany({ where: { action: 'person.wechat' } }), (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(OPEN_ID)
  })
})
