import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { openIdsOf, phonesOf } from '../resident/person-register.js'
import { type Delivered, createDelivery } from './message-delivery.js'
import type { DeliveryNews, MessageChannel } from './message-port.js'
import { type MessageFields, type TemplateName, messageText, nextAskMs, retryAfterMs } from './message-rules.js'
import * as rows from './message-repository.js'

export interface NewMessage {
  /** What it is about: one message of a key, ever. */
  readonly dedupeKey: string
  readonly estateId: string
  readonly personRef: string
  readonly template: TemplateName
  readonly fields: MessageFields
}

/** Queues messages in the transaction of what they are about. @returns how many are new */
export function queueMessages({ tx, atMs }: Pick<Change, 'tx' | 'atMs'>, ids: IdSource, messages: readonly NewMessage[]): Promise<number> {
  return rows.addMessages(tx, messages.map(({ dedupeKey, estateId, personRef, template, fields }) => {
    const { version, contentHash } = messageText(template, fields)
    return {
      messageId: ids.uuid(), dedupeKey, estateId, personRef, template, templateVersion: version, fields: JSON.stringify(fields), contentHash, state: 'queued',
      attempts: 0, nextAtMs: atMs, createdAtMs: atMs,
    }
  }))
}

export interface MessageSender {
  /**
   * Sends what is due, one after the other, each at most once, by the first channel that reaches the person; the first call leaves in
   * doubt what was being sent when the server ended last. One call at a time. @returns how many a channel took
   */
  sendDue(): Promise<number>
  /** Asks the channels what became of messages that they took. @returns how many arrived */
  askDue(): Promise<number>
  /** A channel tells what became of a message by itself. @param problem null: it arrived @returns false where no message waits for it */
  told(channel: MessageChannel['name'], receipt: string, problem: string | null, atMs: number): Promise<boolean>
}

const AT_ONCE = 200
const ASKED_AT_ONCE = 50

export interface MessageSenderDeps {
  readonly read: Tx
  readonly change: RunChange
  readonly clock: Clock
  /** In the order in which they are tried. */
  readonly channels: readonly MessageChannel[]
}

/** What the row of a message becomes by what its channel said. */
function nextOf({ channel, result }: Delivered, attemptsBefore: number, atMs: number): Parameters<typeof rows.moveMessage>[3] {
  // A channel that takes nothing from anybody is no attempt of this message.
  const holdMs = result.outcome === 'not-sent' ? result.holdMs : undefined
  const attempts = attemptsBefore + (holdMs === undefined ? 1 : 0)
  const about = { attempts, ...(channel === undefined ? {} : { channel: channel.name }) }
  if (result.outcome === 'sent') {
    const ask = nextAskMs(atMs, atMs)
    const asked = channel?.proof === 'asked' && ask !== undefined ? { nextAskMs: BigInt(ask) } : {}
    const proof = channel === undefined || channel.proof === 'none' ? {} : { delivery: 'waiting', ...asked }
    return { ...about, ...proof, state: 'sent', sentAtMs: BigInt(atMs), receipt: result.receipt, fields: null }
  }
  const waitMs = result.outcome === 'not-sent' ? holdMs ?? retryAfterMs(attempts) : undefined
  if (waitMs !== undefined) return { ...about, state: 'queued', nextAtMs: BigInt(Math.ceil(atMs + waitMs)), problem: result.problem }
  return { ...about, state: result.outcome === 'unknown' ? 'unknown' : 'failed', problem: result.problem, fields: null }
}

export function createMessageSender(deps: MessageSenderDeps): MessageSender {
  const { read, change: runChange, clock, channels } = deps
  const deliver = createDelivery({ channels, clock })
  let recovered = false

  /** Noted as under way before anything leaves: a crash in between leaves it in doubt, and nothing is sent twice. */
  async function send({ messageId, personRef, template, fields, attempts }: rows.QueuedMessage): Promise<boolean> {
    if (!await runChange(null, ({ tx }) => rows.moveMessage(tx, messageId, 'queued', { state: 'sending' }))) return false
    const [phones, openIds] = [await phonesOf(read, [personRef]), await openIdsOf(read, [personRef])]
    const { version, text } = messageText(template, fields)
    const done = await deliver({ messageId, phone: phones.get(personRef) ?? null, openId: openIds.get(personRef) ?? null, template, templateVersion: version, fields, text })
    await runChange(null, ({ tx, atMs }) => rows.moveMessage(tx, messageId, 'sending', nextOf(done, attempts, atMs)))
    return done.result.outcome === 'sent'
  }

  async function ask({ messageId, personRef, channel: name, receipt, sentAtMs }: rows.AskedMessage): Promise<boolean> {
    const channel = channels.find((each) => each.name === name)
    const phone = (await phonesOf(read, [personRef])).get(personRef)
    const news: DeliveryNews = channel?.ask === undefined || phone === undefined ? { delivery: 'waiting' }
      : await channel.ask({ messageId, receipt, phone, sentAtMs }).catch((): DeliveryNews => ({ delivery: 'waiting' }))
    await runChange(null, async ({ tx, atMs }) => {
      const again = nextAskMs(sentAtMs, atMs)
      const noted = news.delivery === 'delivered' ? { delivery: news.delivery, deliveredAtMs: BigInt(news.atMs), nextAskMs: null }
        : news.delivery === 'failed' ? { delivery: news.delivery, problem: news.problem, nextAskMs: null } : { nextAskMs: again === undefined ? null : BigInt(again) }
      await rows.noteDelivery(tx, { messageId }, noted)
    })
    return news.delivery === 'delivered'
  }

  return {
    async sendDue() {
      if (!recovered) await runChange(null, ({ tx }) => rows.giveUpSending(tx))
      recovered = true
      let sent = 0
      for (const message of await rows.dueMessages(read, clock.wallMs(), AT_ONCE)) if (await send(message)) sent += 1
      return sent
    },
    async askDue() {
      let arrived = 0
      for (const message of await rows.messagesToAsk(read, clock.wallMs(), ASKED_AT_ONCE)) if (await ask(message)) arrived += 1
      return arrived
    },
    told: (channel, receipt, problem, atMs) => runChange(null, ({ tx }) => rows.noteDelivery(tx, { channel, receipt }, {
      delivery: problem === null ? 'delivered' : 'failed', nextAskMs: null, ...(problem === null ? { deliveredAtMs: BigInt(atMs) } : { problem }),
    })),
  }
}
