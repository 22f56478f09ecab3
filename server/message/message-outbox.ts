import type { Clock } from '#kernel/clock.js'
import type { IdSource } from '#kernel/ids.js'
import type { Change, RunChange } from '../audit/change.js'
import type { Tx } from '../db/transaction.js'
import { phonesOf } from '../resident/person-register.js'
import type { DeliveryResult, MessageChannel } from './message-port.js'
import { type MessageFields, type TemplateName, messageText, retryAfterMs } from './message-rules.js'
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
   * Sends what is due, one after the other, each at most once; the first call leaves in doubt what was being sent when the server
   * ended last. One call at a time. @returns how many the channel took
   */
  sendDue(): Promise<number>
}

const AT_ONCE = 200

export function createMessageSender(deps: { read: Tx; change: RunChange; clock: Clock; channel: MessageChannel }): MessageSender {
  const { read, change: runChange, clock, channel } = deps
  let recovered = false

  async function record(message: rows.QueuedMessage, result: DeliveryResult): Promise<void> {
    const { messageId } = message
    const attempts = message.attempts + 1
    await runChange(null, async ({ tx, atMs }) => {
      const about = { channel: channel.name, attempts }
      if (result.outcome === 'sent') {
        await rows.moveMessage(tx, messageId, 'sending', { ...about, state: 'sent', sentAtMs: BigInt(atMs), receipt: result.receipt, fields: null })
        return
      }
      const waitMs = result.outcome === 'not-sent' ? retryAfterMs(attempts) : undefined
      if (waitMs !== undefined) await rows.moveMessage(tx, messageId, 'sending', { ...about, state: 'queued', nextAtMs: BigInt(atMs + waitMs), problem: result.problem })
      else {
        const state = result.outcome === 'unknown' ? 'unknown' : 'failed'
        await rows.moveMessage(tx, messageId, 'sending', { ...about, state, problem: result.problem, fields: null })
      }
    })
  }

  /** Noted as under way before anything leaves: a crash in between leaves it in doubt, and nothing is sent twice. */
  async function send(message: rows.QueuedMessage): Promise<boolean> {
    const { messageId, personRef, template, fields } = message
    if (!await runChange(null, ({ tx }) => rows.moveMessage(tx, messageId, 'queued', { state: 'sending' }))) return false
    const phone = (await phonesOf(read, [personRef])).get(personRef)
    const { version, text } = messageText(template, fields)
    const result: DeliveryResult = phone === undefined
      ? { outcome: 'refused', problem: 'no phone number' }
      : await channel.send({ messageId, phone, template, templateVersion: version, fields, text })
        .catch((): DeliveryResult => ({ outcome: 'unknown', problem: 'the channel failed' }))
    await record(message, result)
    return result.outcome === 'sent'
  }

  return {
    async sendDue() {
      if (!recovered) await runChange(null, ({ tx }) => rows.giveUpSending(tx))
      recovered = true
      let sent = 0
      for (const message of await rows.dueMessages(read, clock.wallMs(), AT_ONCE)) if (await send(message)) sent += 1
      return sent
    },
  }
}
