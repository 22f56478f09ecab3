import type { MessageFields, TemplateName } from './message-rules.js'

export interface Delivery {
  /** The same at every attempt: a channel that knows keys of its caller's takes it as one. */
  readonly messageId: string
  readonly phone: string
  readonly template: TemplateName
  readonly templateVersion: number
  readonly fields: MessageFields
  readonly text: string
}

export type DeliveryResult =
  /** `receipt`: the channel's own id of the message. */
  | { readonly outcome: 'sent'; readonly receipt: string }
  /** Surely not sent; the same again later may do. */
  | { readonly outcome: 'not-sent'; readonly problem: string }
  /** Refused for good. */
  | { readonly outcome: 'refused'; readonly problem: string }
  /** Nobody knows: never tried again, for nothing is sent twice. */
  | { readonly outcome: 'unknown'; readonly problem: string }

/** A way to a person's phone. Throws for nothing that is to be expected. */
export interface MessageChannel {
  readonly name: 'sms' | 'wechat' | 'file'
  send(delivery: Delivery): Promise<DeliveryResult>
}
