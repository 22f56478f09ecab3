import type { Logger } from '#kernel/log.js'
import type { RunChange } from '../audit/change.js'
import type { ChannelName, Notify, NotifyReply, NotifyRequest, PayChannel } from './channel/channel-port.js'
import { type Verdict, createNotifyBatch } from './notify-batch.js'
import type { TakingRules } from './payment-taking.js'

export interface NotifyService {
  /** Reads, takes and answers one notify. What is answered tells a stranger nothing. @throws where it could not be stored: it comes again */
  receive(channel: ChannelName, request: NotifyRequest): Promise<NotifyReply>
}

export interface NotifyServiceDeps {
  readonly change: RunChange
  readonly channels: ReadonlyMap<ChannelName, PayChannel>
  readonly taking: TakingRules
  readonly log: Logger
  /** A refund came to its end. */
  readonly refundMoved: (channel: ChannelName, notify: Extract<Notify, { kind: 'refund' }>) => Promise<void>
}

const UNKNOWN: NotifyReply = { status: 404, contentType: 'text/plain', body: '' }
/** Headers that the signature is over, kept with the body as the proof of what was told. */
const KEPT_HEADERS = ['wechatpay-serial', 'wechatpay-timestamp', 'wechatpay-nonce', 'wechatpay-signature'] as const

const rawOf = ({ headers, body }: NotifyRequest): string =>
  JSON.stringify({ headers: Object.fromEntries(KEPT_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))), body: body.toString('utf8') })

const TO_LOOK_AT: readonly Verdict[] = ['quarantined', 'unknown-order', 'second-payment', 'double-payment']

/** Verified, taken and stored in one transaction, then answered. A repeat is answered as the first and posts nothing. */
export function createNotifyService(deps: NotifyServiceDeps): NotifyService {
  const { channels, log } = deps
  const take = createNotifyBatch(deps)
  return {
    async receive(name, request) {
      const channel = channels.get(name)
      if (channel === undefined) return UNKNOWN
      const read = channel.readNotify(request)
      if (!read.ok) {
        log.warn({ channel: name, refusal: read.error }, 'a notify was refused')
        return channel.notifyAnswers.refused
      }
      const notify = read.value
      const verdict = await take({ channel: name, merchantId: channel.merchantId, notify, raw: rawOf(request) })
      if (TO_LOOK_AT.includes(verdict)) log.error({ channel: name, outTradeNo: notify.outTradeNo, verdict }, 'money that somebody must look at')
      if (notify.kind === 'refund') await deps.refundMoved(name, notify)
      return channel.notifyAnswers.taken
    },
  }
}
