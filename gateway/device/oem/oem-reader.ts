import type { Static, TSchema } from 'typebox'
import { parseJson, schemaError } from '#contract/codec.js'
import { type Result, err, ok } from '#kernel/result.js'
import { BATCH_DONE } from './error-codes.js'
import { parseLocalTime } from './local-time.js'
import { DeleteAck, EditAck, OemEnvelope, QueryAck, RecPush, SnapPush, StatusPush } from './oem-schemas.js'
import type { TerminalChannel } from './oem-topics.js'
import { withoutPictures } from './picture-cutter.js'

/** One recognition as the terminal judged it. Names, numbers of cards and telephones, and pictures are left behind. */
export interface Recognition {
  readonly kind: 'recognition'
  readonly terminalId: string
  readonly recordId: number
  /** Ours where the person came from us; null where the person was enrolled at the terminal, or nobody was recognised. */
  readonly customId: string | null
  readonly verdict: 'none' | 'allowed' | 'refused' | 'not-registered'
  readonly isBlocked: boolean
  /** 0 to 1. */
  readonly similarity: number | null
  /** True where it happened just now; false for a kept record, and for one that was asked for again. */
  readonly live: boolean
  /** The terminal's clock, null where it was never set. */
  readonly deviceWallMs: number | null
}

export interface Stranger {
  readonly kind: 'stranger'
  readonly terminalId: string
  readonly snapId: number | null
  readonly live: boolean
  readonly deviceWallMs: number | null
}

export interface TerminalStatus {
  readonly kind: 'online' | 'offline' | 'heartbeat'
  readonly terminalId: string
  readonly deviceWallMs: number | null
}

/** What a terminal says came of a command; `code` is `BATCH_DONE` where it says none. */
export type CommandAck = { readonly terminalId: string | null; readonly messageId: string; readonly code: number } & (
  | { readonly kind: 'edit-ack'; readonly added: readonly string[]; readonly failed: ReadonlyArray<{ readonly customId: string; readonly code: number }> }
  | { readonly kind: 'delete-ack'; readonly deleted: readonly string[]; readonly failed: readonly string[] }
  /** Everybody whom the terminal holds under an id of ours or others; null where it did not say. */
  | { readonly kind: 'query-ack'; readonly customIds: readonly string[] | null }
)

export type OemMessage = Recognition | Stranger | TerminalStatus | CommandAck
/** Nothing is done about it: an answer that says no more than that something arrived, or an operator that is not known. */
export interface IgnoredMessage {
  readonly kind: 'ignored'
  readonly terminalId: string | null
  readonly isExpected: boolean
}

type Envelope = Static<typeof OemEnvelope>
type Read = Result<OemMessage | IgnoredMessage, string>

const VERDICTS = ['none', 'allowed', 'refused', 'not-registered'] as const
const EXPECTED = new Set(['PushAck-Ack', 'PushAck'])

const numberOf = (value: string | number | undefined): number | undefined => (value === undefined ? undefined : Number(value))
const textOf = (value: string | number | null | undefined): string | null => {
  const text = value === null || value === undefined ? '' : String(value).trim()
  return text === '' ? null : text
}
const idsOf = (list: ReadonlyArray<{ readonly customId?: string | number }> | undefined): string[] =>
  (list ?? []).flatMap(({ customId }) => textOf(customId) ?? [])

/** A record that happened within the last seconds, by itself: not kept from before, not sent again on request. */
const isLive = (info: { readonly Sendintime?: string | number; readonly PushType?: string | number }): boolean =>
  numberOf(info.Sendintime) === 1 && (numberOf(info.PushType) ?? 0) === 0

/** Reads one kind of message of which the envelope is known to be right. */
function reading<Schema extends TSchema>(schema: Schema, read: (body: Static<Schema>, envelope: Envelope) => OemMessage | string) {
  return (body: unknown, envelope: Envelope): Read => {
    const error = schemaError(schema, body)
    if (error !== undefined) return err(error)
    const message = read(body as Static<Schema>, envelope)
    return typeof message === 'string' ? err(message) : ok(message)
  }
}

const ackHead = ({ messageId, code, info }: Envelope) =>
  ({ terminalId: textOf(info?.facesluiceId), messageId: textOf(messageId) ?? '', code: numberOf(code) ?? BATCH_DONE })

function readers(utcOffsetMinutes: number) {
  const timeOf = (value: string | number | null | undefined): number | null => parseLocalTime(textOf(value) ?? '', utcOffsetMinutes) ?? null
  const status = (kind: TerminalStatus['kind']) =>
    reading(StatusPush, ({ info }) => ({ kind, terminalId: String(info.facesluiceId), deviceWallMs: timeOf(info.time) }))
  const stranger = reading(SnapPush, ({ info }) => ({
    kind: 'stranger', terminalId: String(info.facesluiceId), snapId: numberOf(info.SnapID ?? info.SnapOrRecordID) ?? null,
    live: isLive({ Sendintime: 1, ...info }), deviceWallMs: timeOf(info.time),
  }))
  return {
    RecPush: reading(RecPush, ({ info }) => {
      const verdict = VERDICTS[numberOf(info.VerifyStatus) ?? -1]
      if (verdict === undefined) return '/info/VerifyStatus: 0, 1, 2 or 3'
      const percent = numberOf(info.similarity1)
      return {
        kind: 'recognition', terminalId: String(info.facesluiceId), recordId: Number(info.RecordID), customId: textOf(info.customId), verdict,
        isBlocked: numberOf(info.PersonType) === 1, similarity: percent === undefined ? null : Math.min(1, percent / 100),
        live: isLive(info), deviceWallMs: timeOf(info.time),
      }
    }),
    StrSnapPush: stranger, SnapPush: stranger,
    Online: status('online'), Offline: status('offline'), HeartBeat: status('heartbeat'), Heartbeat: status('heartbeat'),
    'EditPersonsNew-Ack': reading(EditAck, ({ info }, envelope) => ({
      kind: 'edit-ack', ...ackHead(envelope), added: idsOf(info?.AddSucInfo),
      failed: (info?.AddErrInfo ?? []).flatMap(({ customId, errcode }) => {
        const id = textOf(customId)
        return id === null ? [] : [{ customId: id, code: numberOf(errcode) ?? 462 }]
      }),
    })),
    'DeletePersons-Ack': reading(DeleteAck, ({ info }, envelope) =>
      ({ kind: 'delete-ack', ...ackHead(envelope), deleted: idsOf(info?.DelSucInfo), failed: idsOf(info?.DelErrInfo) })),
    'QueryPerson-Ack': reading(QueryAck, ({ info }, envelope) => ({
      kind: 'query-ack', ...ackHead(envelope),
      customIds: info?.customId?.split(',').map((id) => id.trim()).filter((id) => id !== '') ?? null,
    })),
  } as const
}

/** Operators by the channel that they may come on. */
const ALLOWED: Readonly<Record<TerminalChannel, readonly string[]>> = {
  ack: ['EditPersonsNew-Ack', 'DeletePersons-Ack', 'QueryPerson-Ack'],
  rec: ['RecPush'],
  snap: ['StrSnapPush', 'SnapPush'],
  basic: ['Online', 'Offline'],
  heartbeat: ['HeartBeat', 'Heartbeat'],
}

export interface OemReader {
  /** What a message says, or one sentence naming the field that is wrong. Never throws on any bytes. */
  read(channel: TerminalChannel, payload: Uint8Array): Read
}

/** @param deps.utcOffsetMinutes of the terminals' local time */
export function createOemReader(deps: { utcOffsetMinutes: number }): OemReader {
  const known = new Map<string, (body: unknown, envelope: Envelope) => Read>(Object.entries(readers(deps.utcOffsetMinutes)))
  return {
    read(channel, payload) {
      const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
      // Old firmwares end their texts as C does.
      const text = (channel === 'ack' ? bytes : withoutPictures(bytes)).toString('utf8').replace(/\0+$/, '')
      const parsed = parseJson<Envelope>(OemEnvelope, text)
      if (!parsed.ok) return parsed
      const { operator, info } = parsed.value
      const read = ALLOWED[channel].includes(operator) ? known.get(operator) : undefined
      if (read !== undefined) return read(parsed.value, parsed.value)
      return ok({ kind: 'ignored', terminalId: textOf(info?.facesluiceId), isExpected: EXPECTED.has(operator) })
    },
  }
}
