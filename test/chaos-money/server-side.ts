import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SandboxKeys } from '../../firmware-sim/channel/sandbox-keys.js'
import type { Clock } from '../../gateway/kernel/clock.js'
import type { IdSource } from '../../gateway/kernel/ids.js'
import type { Logger } from '../../gateway/kernel/log.js'
import type { RandomSource } from '../../gateway/kernel/random.js'
import { type RunChange, changeIn } from '../../server/audit/change.js'
import type { Database } from '../../server/db/transaction.js'
import { createAlipayChannel } from '../../server/payment/channel/alipay-channel.js'
import { createAlipayTransport } from '../../server/payment/channel/alipay-transport.js'
import type { ChannelHttp } from '../../server/payment/channel/channel-http.js'
import type { ChannelName, PayChannel } from '../../server/payment/channel/channel-port.js'
import { createWechatChannel } from '../../server/payment/channel/wechat-channel.js'
import { createWechatTransport } from '../../server/payment/channel/wechat-transport.js'
import { type NotifyService, createNotifyService } from '../../server/payment/notify-service.js'
import { type OrderService, createOrderService } from '../../server/payment/order-service.js'
import { type QuerySweep, createQuerySweep } from '../../server/payment/query-sweep.js'
import type { TakingRules } from '../../server/payment/payment-taking.js'
import { type PrepaymentService, createPrepaymentService } from '../../server/payment/prepayment-service.js'
import { type RefundService, createRefundService } from '../../server/payment/refund-service.js'
import { type SuspenseService, createSuspenseService } from '../../server/payment/suspense-service.js'
import { ORIGIN } from './channel-side.js'
import { type KillPoints, createKillPoints } from './kill-points.js'

/** Keys of the merchant's side, read from the sandbox's folder as the server's configuration would name them. */
export interface MerchantKeys {
  readonly sandbox: SandboxKeys
  readonly wechatPrivate: KeyObject
  readonly wechatPlatform: KeyObject
  readonly alipayPrivate: KeyObject
  readonly alipayPlatform: KeyObject
}

export async function readMerchantKeys(folder: string, sandbox: SandboxKeys): Promise<MerchantKeys> {
  const pem = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  return {
    sandbox, wechatPrivate: createPrivateKey(await pem('wechat-merchant-private.pem')), wechatPlatform: createPublicKey(await pem('wechat-platform-public.pem')),
    alipayPrivate: createPrivateKey(await pem('alipay-merchant-private.pem')), alipayPlatform: createPublicKey(await pem('alipay-public.pem')),
  }
}

export interface Runtime {
  readonly clock: Clock
  readonly random: RandomSource
  readonly ids: IdSource
  readonly log: Logger
}

function channelsOf(keys: MerchantKeys, http: ChannelHttp, { clock, random }: Runtime): Map<ChannelName, PayChannel> {
  const { sandbox: { wechat, alipay }, wechatPrivate, wechatPlatform, alipayPrivate, alipayPlatform } = keys
  const keyOf = (serial: string): KeyObject | undefined => (serial === wechat.publicKeyId ? wechatPlatform : undefined)
  const merchant = { merchantId: wechat.mchid, serialNo: wechat.merchantSerial, privateKey: wechatPrivate }
  const transport = createWechatTransport({ merchant, baseUrl: ORIGIN, answerSerial: () => wechat.publicKeyId, keyOf, http, runtime: { clock, random } })
  const { appId, sellerId } = alipay
  return new Map<ChannelName, PayChannel>([
    ['wechat', createWechatChannel({
      merchant: { merchantId: wechat.mchid, appId: wechat.appid, privateKey: wechatPrivate, apiV3Key: wechat.apiV3Key }, notifyUrl: `${ORIGIN}/notify/wechat`, transport, keyOf,
      clock, random,
    })],
    ['alipay', createAlipayChannel({
      merchant: { appId, sellerId, alipayKey: alipayPlatform }, notifyUrl: `${ORIGIN}/notify/alipay`, billHosts: ['channel.example'], http, clock,
      transport: createAlipayTransport({ appId, privateKey: alipayPrivate, alipayKey: alipayPlatform, gatewayUrl: `${ORIGIN}/gateway.do`, http, clock }),
    })],
  ])
}

/** One life of the server's payment side, from its start until it is killed. */
export interface ServerSide {
  readonly kill: KillPoints
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly orders: OrderService
  readonly refunds: RefundService
  readonly suspense: SuspenseService
  readonly prepayments: PrepaymentService
  readonly notifies: NotifyService
  readonly queries: QuerySweep
}

export interface ServerSideDeps {
  readonly db: Database
  readonly keys: MerchantKeys
  readonly network: ChannelHttp
  readonly doublePayment: TakingRules['doublePayment']
  readonly runtime: Runtime
}

/** The real services on the database as it was left, as a process does that starts. */
export function startServerSide(deps: ServerSideDeps): ServerSide {
  const { db, runtime } = deps
  const { clock, ids, log } = runtime
  const kill = createKillPoints()
  const change: RunChange = async (by, work) => {
    kill.pass('before a transaction')
    const done = await db.transact(async (tx) => {
      const result = await work(changeIn(tx, clock.wallMs(), by))
      kill.pass('before a commit')
      return result
    })
    kill.pass('after a commit')
    return done
  }
  const http: ChannelHttp = async (call) => {
    kill.pass('before a call')
    const answer = await deps.network(call)
    kill.pass('after a call')
    return answer
  }
  const channels = channelsOf(deps.keys, http, runtime)
  const taking = { ids, random: runtime.random, doublePayment: deps.doublePayment }
  const shared = { read: db.read, change, channels, taking, isHandedOver: () => Promise.resolve(false), runtime }
  const refunds = createRefundService(shared)
  return {
    kill, channels, refunds, suspense: createSuspenseService({ read: db.read, change, random: runtime.random, send: refunds.send }),
    prepayments: createPrepaymentService({ read: db.read, change, ids }), orders: createOrderService(shared), queries: createQuerySweep(shared),
    notifies: createNotifyService({ change, channels, taking, log, refundMoved: (_, { outRefundNo, refund }) => refunds.told(outRefundNo, refund) }),
  }
}
