import { createHash } from 'node:crypto'
import { yuanText } from '../money/fen.js'

/** What a template is filled with: figures and dates, never a name. */
export type MessageFields = Readonly<Record<string, string | number>>

/** Texts by template. A text that changes gets the next version: proof of delivery names the version that was sent. */
const TEMPLATES = {
  'rent-reminder': {
    version: 1,
    text: (fields: MessageFields) => `【公租房】您有租金${yuanText(Number(fields['openFen']))}元已于${fields['dueDate']}到期，请尽快缴纳。如已缴纳或有异议，请联系小区服务中心。`,
  },
  'rent-second-reminder': {
    version: 1,
    text: (fields: MessageFields) =>
      `【公租房】再次提醒：您有租金${yuanText(Number(fields['openFen']))}元自${fields['dueDate']}起逾期${fields['daysOverdue']}天。如有困难可申请减免或分期，请联系小区服务中心。`,
  },
  'login-code': {
    version: 1,
    text: (fields: MessageFields) => `【公租房】登录验证码${fields['code']}，5分钟内有效。请勿告诉任何人，工作人员不会向您索要。`,
  },
} as const
export type TemplateName = keyof typeof TEMPLATES

/** What a template of a vendor is filled with, by our names: texts that stay within what vendors allow. */
export function valuesOf(template: TemplateName, fields: MessageFields): Readonly<Record<string, string>> {
  if (template === 'login-code') return { code: String(fields['code']) }
  const owed = { amount: yuanText(Number(fields['openFen'])), dueDate: String(fields['dueDate']) }
  return template === 'rent-reminder' ? owed : { ...owed, days: String(fields['daysOverdue']) }
}

export interface MessageText {
  readonly version: number
  readonly text: string
  /** SHA-256 over template, version and text. */
  readonly contentHash: string
}

export function messageText(template: TemplateName, fields: MessageFields): MessageText {
  const { version, text: textOf } = TEMPLATES[template]
  const text = textOf(fields)
  return { version, text, contentHash: createHash('sha256').update(JSON.stringify(['message.v1', template, version, text])).digest('hex') }
}

/** `sending`: noted before it leaves; `unknown`: nobody knows whether it arrived, and it is never sent again. */
export type MessageState = 'queued' | 'sending' | 'sent' | 'failed' | 'unknown'

/** How long after it was sent a channel is asked what became of a message: the next time from what has passed. */
const ASK_AFTER_MS = [60_000, 300_000, 1_800_000, 7_200_000, 43_200_000, 172_800_000]
/** @returns undefined: no more; the operators keep their answers for three days */
export const nextAskMs = (sentAtMs: number, nowMs: number): number | undefined => {
  const wait = ASK_AFTER_MS.find((after) => sentAtMs + after > nowMs)
  return wait === undefined ? undefined : sentAtMs + wait
}

const ATTEMPTS_MAX = 5
const RETRY_MS = 60_000

/** When to try again after so many attempts that surely sent nothing; undefined: no more. */
export const retryAfterMs = (attempts: number): number | undefined => (attempts >= ATTEMPTS_MAX ? undefined : RETRY_MS * 4 ** (attempts - 1))
