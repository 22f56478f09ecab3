import type { MessageFields, TemplateName } from './message-rules.js'

export interface Delivery {
  /** The same at every attempt: a channel that knows keys of its caller's takes it as one. */
  readonly messageId: string
  readonly phone: string | null
  /** The person's own id at the city's WeChat account, where they bound it. Never logged beside a name. */
  readonly openId: string | null
  readonly template: TemplateName
  readonly templateVersion: number
  readonly fields: MessageFields
  readonly text: string
}

export type DeliveryResult =
  /** `receipt`: the channel's own id of the message. */
  | { readonly outcome: 'sent'; readonly receipt: string }
  /** Surely not sent; the same again later may do. `holdMs`: nobody's message goes by this channel for so long. */
  | { readonly outcome: 'not-sent'; readonly problem: string; readonly holdMs?: number }
  /** Refused for good. */
  | { readonly outcome: 'refused'; readonly problem: string }
  /** Nobody knows: never tried again, for nothing is sent twice. */
  | { readonly outcome: 'unknown'; readonly problem: string }

/** A message that a channel took. */
export interface SentMessage {
  readonly messageId: string
  readonly receipt: string
  readonly phone: string
  readonly sentAtMs: number
}
/** What became of it at the phone. */
export type DeliveryNews =
  | { readonly delivery: 'delivered'; readonly atMs: number }
  | { readonly delivery: 'failed'; readonly problem: string }
  | { readonly delivery: 'waiting' }

/** A way to a person's phone. Throws for nothing that is to be expected. */
export interface MessageChannel {
  readonly name: 'sms' | 'wechat' | 'file'
  /** Whether it has a way to this person, and words for this template. */
  reaches(delivery: Pick<Delivery, 'phone' | 'openId' | 'template'>): boolean
  send(delivery: Delivery): Promise<DeliveryResult>
  /** asked: what became of a message is asked of the channel; told: it tells by itself; none: it never says. */
  readonly proof: 'asked' | 'told' | 'none'
  ask?(sent: SentMessage): Promise<DeliveryNews>
}
