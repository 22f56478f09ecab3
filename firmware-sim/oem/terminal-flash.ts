import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** A person on the terminal's list. */
export interface ListedPerson {
  readonly customId: string
  readonly name: string
  /** 0 whitelist, 1 blacklist. */
  readonly personType: number
  /** `YYYY-MM-DD HH:mm:ss`, local; null for always. */
  readonly validBegin: string | null
  readonly validEnd: string | null
  /** Base64 of the feature. */
  readonly feature: string
}

/** A record as it is pushed, without what changes with each sending. */
export interface KeptRecord {
  readonly type: 'rec' | 'snap'
  readonly id: number
  readonly info: Readonly<Record<string, unknown>>
  /** When it happened, milliseconds of the true clock: decides whether it is sent as one of just now. */
  readonly atWallMs: number
}

interface Content {
  people: ListedPerson[]
  records: KeptRecord[]
  nextRecordId: number
  nextSnapId: number
  nextPersonId: number
}

/** What outlives a power cut: the list of persons, records that were not acknowledged, and the counters. */
export interface TerminalFlash {
  people(): readonly ListedPerson[]
  /** True where it was there before. */
  has(customId: string): boolean
  put(person: ListedPerson): void
  /** False where there was none. */
  remove(customId: string): boolean
  keep(make: (id: number) => KeptRecord, type: KeptRecord['type']): KeptRecord
  /** Oldest first. */
  records(): readonly KeptRecord[]
  acknowledge(type: KeptRecord['type'], id: number): boolean
  /** Nobody, nothing, and all counters from 1. */
  factoryReset(): void
}

const RECORDS_MAX = 10_000
const empty = (): Content => ({ people: [], records: [], nextRecordId: 1, nextSnapId: 1, nextPersonId: 1 })

/** @param path file of the flash; null for one that lives as long as the process */
export function createTerminalFlash(path: string | null): TerminalFlash {
  let content = path !== null && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) as Content : empty()
  const save = (): void => {
    if (path === null) return
    writeFileSync(`${path}.new`, JSON.stringify(content), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  return {
    people: () => content.people,
    has: (customId) => content.people.some((person) => person.customId === customId),
    put(person) {
      content.people = [...content.people.filter((held) => held.customId !== person.customId), person]
      save()
    },
    remove(customId) {
      const before = content.people.length
      content.people = content.people.filter((person) => person.customId !== customId)
      if (content.people.length !== before) save()
      return content.people.length !== before
    },
    keep(make, type) {
      const record = make(type === 'rec' ? content.nextRecordId++ : content.nextSnapId++)
      content.records = [...content.records, record].slice(-RECORDS_MAX)
      save()
      return record
    },
    records: () => content.records,
    acknowledge(type, id) {
      const before = content.records.length
      content.records = content.records.filter((record) => record.type !== type || record.id !== id)
      if (content.records.length !== before) save()
      return content.records.length !== before
    },
    factoryReset() {
      content = empty()
      save()
    },
  }
}
