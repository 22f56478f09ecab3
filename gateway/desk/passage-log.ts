import type { RecordBody } from '#contract/sync-records.js'
import { type CurrentRecord, currentRecord } from '#contract/upgrade.js'
import type { StoredRecord } from '../store/types.js'
import type { DeskStore, LogPlace } from './ports.js'
import { type DeskNames, type DoorWord, type PassageRow, doorWordOf, passageRow } from './passage-rows.js'

export const PAGE_ROWS = 40
const READ_AT_ONCE = 500
/** Records that one page looks through: an estate where nobody passes still has health and status records. */
const READ_MAX = 5_000
/** Epoch after any that a server grants. */
const END: LogPlace = { epoch: Number.MAX_SAFE_INTEGER, seq: 0 }

/** What is new in the log, as the live list takes it. */
export type PassageNews =
  | { readonly kind: 'passage'; readonly row: PassageRow }
  | { readonly kind: 'door'; readonly passageId: string; readonly word: DoorWord }

export interface PassageLog {
  /** Passages before a place, newest first. `older`: where the next page begins; null where the log begins. */
  page(before: LogPlace | undefined): Promise<{ readonly rows: readonly PassageRow[]; readonly older: string | null }>
  /** What was appended after a place, oldest first, and where that ends. At most `READ_AT_ONCE` records at a time. */
  after(place: LogPlace): Promise<{ readonly news: readonly PassageNews[]; readonly last: LogPlace; readonly more: boolean }>
}

const PLACE = /^([1-9]\d{0,6})-(\d{1,15})$/

/** A place as pages write it, or undefined. */
export function placeOf(text: string): LogPlace | undefined {
  const match = PLACE.exec(text)
  return match === null ? undefined : { epoch: Number(match[1]), seq: Number(match[2]) }
}

const bodyOf = (record: StoredRecord): CurrentRecord => currentRecord(JSON.parse(record.payload) as RecordBody)

/** Passages as they stand in the estate's own log: no server is asked. */
export function createPassageLog(deps: { store: DeskStore; names: () => Promise<DeskNames> }): PassageLog {
  const { store } = deps

  return {
    async page(before = END) {
      const names = await deps.names()
      const rows: PassageRow[] = []
      // Read backwards an answer comes before the passage that it belongs to.
      const answers = new Map<string, DoorWord>()
      let place = before
      for (let read = 0; read < READ_MAX;) {
        const records = await store.recordsBefore(place, READ_AT_ONCE)
        for (const record of records) {
          place = record
          const body = bodyOf(record)
          const answer = doorWordOf(body)
          if (answer !== undefined) answers.set(answer.passageId, answer.word)
          if (body.kind === 'passage.v2') rows.push(passageRow(body, record, names, answers.get(body.passageId) ?? null))
          if (rows.length === PAGE_ROWS) return { rows, older: `${place.epoch}-${place.seq}` }
        }
        if (records.length < READ_AT_ONCE) return { rows, older: null }
        read += records.length
      }
      return { rows, older: `${place.epoch}-${place.seq}` }
    },
    async after(place) {
      const names = await deps.names()
      const head = store.head()
      // A new epoch begins at its first record; what an old one still had was told before.
      const from = head === undefined || head.epoch === place.epoch ? place : { epoch: head.epoch, seq: 0 }
      const records = await store.recordsAfter(from.epoch, from.seq, READ_AT_ONCE)
      const news = records.flatMap((record): PassageNews[] => {
        const body = bodyOf(record)
        if (body.kind === 'passage.v2') return [{ kind: 'passage', row: passageRow(body, record, names, null) }]
        const answer = doorWordOf(body)
        return answer === undefined ? [] : [{ kind: 'door', ...answer }]
      })
      return { news, last: records.at(-1) ?? from, more: records.length === READ_AT_ONCE }
    },
  }
}
