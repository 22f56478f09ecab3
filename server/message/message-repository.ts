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
  next: { state: MessageState; attempts?: number; nextAtMs?: bigint; channel?: string; sentAtMs?: bigint; receipt?: string; problem?: string; fields?: null },
): Promise<boolean> => (await tx.outboundMessage.updateMany({ where: { messageId, state: from }, data: next })).count === 1

/** What was being sent when the server ended: nobody knows whether it arrived. */
export const giveUpSending = async (tx: Tx): Promise<number> =>
  (await tx.outboundMessage.updateMany({ where: { state: 'sending' }, data: { state: 'unknown', problem: 'the server ended while sending', fields: null } })).count
