import { schemaError } from '#contract/codec.js'
import { RECORD_SCHEMAS, type RecordBody, type RecordKind } from '#contract/sync-records.js'
import { type CurrentRecord, currentRecord } from '#contract/upgrade.js'

/** A record as it can be understood here: in the newest version of its kind. */
export interface ReadRecord {
  /** As the record says it, for the table; `unreadable` where it says none. */
  readonly kind: string
  /** Undefined where the kind is unknown here or the content is not valid for it. */
  readonly body: CurrentRecord | undefined
}

const KIND_CHARS_MAX = 64
const UNREADABLE: ReadRecord = { kind: 'unreadable', body: undefined }

const isKnown = (kind: string): kind is RecordKind => Object.hasOwn(RECORD_SCHEMAS, kind)

/** Never throws: what a newer or a defective gateway wrote is stored for its chain's sake, and only not understood. */
export function readRecord(payload: string): ReadRecord {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return UNREADABLE
  }
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
  if (typeof kind !== 'string' || kind === '') return UNREADABLE
  const valid = isKnown(kind) && schemaError(RECORD_SCHEMAS[kind], value) === undefined
  return { kind: kind.slice(0, KIND_CHARS_MAX), body: valid ? currentRecord(value as RecordBody) : undefined }
}
