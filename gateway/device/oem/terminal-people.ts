import type { Clock } from '#kernel/clock.js'
import { createExclusive } from '#kernel/exclusive.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { TerminalPersonRow, TerminalPhoto, TerminalStore, TerminalStoreTx } from './ports.js'

/** What changes together, in one transaction. */
export interface PeopleChange {
  readonly put?: readonly TerminalPersonRow[]
  readonly drop?: readonly TerminalPersonRow[]
  /** Persons whose photo is needed no more. */
  readonly photosGone?: readonly string[]
  /** Terminals' faces as the server shall know them: each is a record. */
  readonly told?: ReadonlyArray<{ readonly row: TerminalPersonRow; readonly state: 'held' | 'pending' | 'done' }>
}

/** A consent that ends: what stands on it leaves every terminal. */
export interface EndedConsent {
  readonly personRef: string
  readonly consentId: string
}

/** Whom each terminal holds, in memory as on disk. Every change is alone: what it decides from is what it changes. */
export interface TerminalPeople {
  load(): Promise<void>
  rows(terminalId: string): ReadonlyMap<string, TerminalPersonRow>
  photos(): ReadonlyMap<string, TerminalPhoto>
  /** Decides from the state as it is, and makes it durable; resolves to what was decided. */
  change<T extends PeopleChange>(decide: () => T): Promise<T>
  /**
   * Lets those who stand on these consents leave, and their photos go, in the very transaction of `run`, which gets
   * what it has to write too. Where that fails nothing changed.
   */
  endConsents(ended: readonly EndedConsent[], run: (also: (tx: TerminalStoreTx) => Promise<void>) => Promise<void>): Promise<void>
  /** @throws GW_STORE_NO_CONSENT */
  holdPhoto(personRef: string, consentId: string, jpeg: Uint8Array): Promise<void>
}

export function createTerminalPeople(deps: { store: TerminalStore; clock: Clock; stamp: Stamper }): TerminalPeople {
  const { store, clock, stamp } = deps
  const alone = createExclusive()
  const byTerminal = new Map<string, Map<string, TerminalPersonRow>>()
  const photos = new Map<string, TerminalPhoto>()

  const rowsOf = (terminalId: string): Map<string, TerminalPersonRow> => {
    let rows = byTerminal.get(terminalId)
    if (rows === undefined) byTerminal.set(terminalId, (rows = new Map()))
    return rows
  }
  const write = async (tx: TerminalStoreTx, { put = [], drop = [], photosGone = [], told = [] }: PeopleChange): Promise<void> => {
    for (const row of put) await tx.putTerminalPerson(row)
    for (const row of drop) await tx.dropTerminalPerson(row.terminalId, row.personRef)
    for (const personRef of photosGone) await tx.deleteTerminalPhoto(personRef)
    for (const { row: { terminalId, personRef, consentId }, state } of told) {
      await tx.append({ kind: 'terminal-erasure.v1', ...stamp(), deviceId: terminalId, personRef, consentId, state })
    }
  }
  const remember = ({ put = [], drop = [], photosGone = [] }: PeopleChange): void => {
    for (const row of put) rowsOf(row.terminalId).set(row.personRef, row)
    for (const row of drop) rowsOf(row.terminalId).delete(row.personRef)
    for (const personRef of photosGone) photos.delete(personRef)
  }
  const isEmpty = (change: PeopleChange): boolean =>
    [change.put, change.drop, change.photosGone, change.told].every((list) => list === undefined || list.length === 0)

  const leaving = (ended: readonly EndedConsent[]): PeopleChange => {
    const stands = (personRef: string, consentId: string): boolean =>
      ended.some((consent) => consent.personRef === personRef && consent.consentId === consentId)
    const rows = [...byTerminal.values()].flatMap((held) => [...held.values()]).filter((row) => stands(row.personRef, row.consentId))
    const placed = rows.filter((row) => row.placed && row.state !== 'deleting')
      .map((row): TerminalPersonRow => ({ ...row, state: 'deleting', errorCode: null, tries: 0, nextTryAtMs: 0 }))
    return {
      put: placed, drop: rows.filter((row) => !row.placed), told: placed.map((row) => ({ row, state: 'pending' })),
      photosGone: [...photos.values()].filter((photo) => stands(photo.personRef, photo.consentId)).map((photo) => photo.personRef),
    }
  }

  return {
    load: () => alone(async () => {
      for (const row of await store.terminalPersons()) rowsOf(row.terminalId).set(row.personRef, row)
      for (const photo of await store.terminalPhotos()) photos.set(photo.personRef, photo)
    }),
    rows: rowsOf,
    photos: () => photos,
    change: (decide) => alone(async () => {
      const change = decide()
      if (isEmpty(change)) return change
      await store.transact((tx) => write(tx, change))
      remember(change)
      return change
    }),
    endConsents: (ended, run) => alone(async () => {
      const change = leaving(ended)
      await run((tx) => write(tx, change))
      remember(change)
    }),
    holdPhoto: (personRef, consentId, jpeg) => alone(async () => {
      const photo = { personRef, consentId, photoAtMs: clock.wallMs() }
      await store.transact((tx) => tx.putTerminalPhoto(photo, jpeg))
      photos.set(personRef, photo)
    }),
  }
}
