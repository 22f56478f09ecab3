import { type BulkTable, bulkWrite } from '../db/bulk.js'
import { inChunks } from '../db/chunks.js'
import type { Tx } from '../db/transaction.js'
import type { MessageFields, MessageState, TemplateName } from './message-rules.js'

export interface QueuedMessage {
  readonly messageId: string
  readonly personRef: string
  readonly template: TemplateName
  readonly fields: MessageFields
  readonly attempts: number
}

const MESSAGES = {
  table: 'OutboundMessage', key: ['dedupeKey'], onConflict: 'ignore',
  columns: ['messageId', 'dedupeKey', 'estateId', 'personRef', 'template', 'templateVersion', 'fields', 'contentHash', 'state', 'attempts', 'nextAtMs', 'createdAtMs'],
} as const satisfies BulkTable<string>

/** Adds messages that are not there by key. @returns how many were added */
export async function addMessages(tx: Tx, rows: ReadonlyArray<Record<(typeof MESSAGES.columns)[number], string | number>>): Promise<number> {
  let added = 0
  for (const some of inChunks(rows)) added += (await bulkWrite(tx, MESSAGES, some, ['messageId'])).length
  return added
}

/** Messages whose time has come, the oldest first. */
export const dueMessages = async (read: Tx, nowMs: number, limit: number): Promise<QueuedMessage[]> =>
  (await read.outboundMessage.findMany({ where: { state: 'queued', nextAtMs: { lte: BigInt(nowMs) } }, orderBy: [{ nextAtMs: 'asc' }, { messageId: 'asc' }], take: limit }))
    .map(({ messageId, personRef, template, fields, attempts }) =>
      ({ messageId, personRef, template: template as TemplateName, fields: JSON.parse(fields ?? '{}') as MessageFields, attempts }))

/** @returns false where it is in another state */
export const moveMessage = async (
  tx: Tx, messageId: string, from: MessageState,
  next: {
    state: MessageState; attempts?: number; nextAtMs?: bigint; channel?: string; sentAtMs?: bigint; receipt?: string; problem?: string; fields?: null
    delivery?: string; nextAskMs?: bigint
  },
): Promise<boolean> => (await tx.outboundMessage.updateMany({ where: { messageId, state: from }, data: next })).count === 1

/** What was being sent when the server ended: nobody knows whether it arrived. */
export const giveUpSending = async (tx: Tx): Promise<number> =>
  (await tx.outboundMessage.updateMany({ where: { state: 'sending' }, data: { state: 'unknown', problem: 'the server ended while sending', fields: null } })).count

/** A message that was sent and whose arrival is to be asked about now. */
export interface AskedMessage {
  readonly messageId: string
  readonly personRef: string
  readonly channel: string
  readonly receipt: string
  readonly sentAtMs: number
}

export const messagesToAsk = async (read: Tx, nowMs: number, limit: number): Promise<AskedMessage[]> =>
  (await read.outboundMessage.findMany({ where: { delivery: 'waiting', nextAskMs: { lte: BigInt(nowMs) } }, orderBy: [{ nextAskMs: 'asc' }, { messageId: 'asc' }], take: limit }))
    .map(({ messageId, personRef, channel, receipt, sentAtMs }) => ({ messageId, personRef, channel: channel ?? '', receipt: receipt ?? '', sentAtMs: Number(sentAtMs ?? 0n) }))

/** Notes what became of a message that waits for it. @returns false where nothing of this kind waits */
export const noteDelivery = async (
  tx: Tx, which: { messageId: string } | { channel: string; receipt: string },
  news: { delivery?: 'delivered' | 'failed'; deliveredAtMs?: bigint; problem?: string; nextAskMs?: bigint | null },
): Promise<boolean> => (await tx.outboundMessage.updateMany({ where: { ...which, delivery: 'waiting' }, data: news })).count > 0
