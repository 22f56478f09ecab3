import type { RandomSource } from '#kernel/random.js'
import { compareHeld, deleteAgain, settleEdit, verdictOf } from './command-rules.js'
import { PHOTO_GONE, personError } from './error-codes.js'
import type { CommandAck } from './oem-reader.js'
import type { TerminalPersonRow } from './ports.js'
import type { TerminalObserver } from './terminal-observer.js'
import type { PeopleChange, TerminalPeople } from './terminal-people.js'

/** The command that a terminal has not answered yet. */
export interface InFlight {
  readonly kind: 'query' | 'delete' | 'edit'
  readonly messageId: string
  readonly personRefs: readonly string[]
  readonly urls: readonly string[]
}

export interface Settling {
  readonly terminalId: string
  readonly flight: InFlight
  readonly people: TerminalPeople
  readonly nowMs: number
  readonly random: RandomSource
  readonly observer: TerminalObserver
}

type AckOf<Kind extends CommandAck['kind']> = Extract<CommandAck, { kind: Kind }>

/** Rows of these persons as they are now, of those that stand in one of `states`: one may have changed while a terminal worked. */
export const currentRows = (
  people: TerminalPeople, terminalId: string, personRefs: readonly string[], states: readonly TerminalPersonRow['state'][],
): TerminalPersonRow[] => personRefs.flatMap((personRef) => people.rows(terminalId).get(personRef) ?? []).filter((row) => states.includes(row.state))

const current = ({ people, terminalId, flight }: Settling, ...states: TerminalPersonRow['state'][]): TerminalPersonRow[] =>
  currentRows(people, terminalId, flight.personRefs, states)

/** No answer came: it may have been carried out or not, and is asked for again. */
export async function settleSilence(input: Settling): Promise<void> {
  const { flight, people, nowMs, random } = input
  if (flight.kind === 'delete') await people.change(() => ({ put: current(input, 'deleting').map((row) => deleteAgain(row, nowMs, random)) }))
  if (flight.kind === 'edit') await people.change(() => ({ put: current(input, 'wanted', 'failed').map((row) => settleEdit(row, 'nothing', nowMs, random)) }))
}

/** What the terminal says of each person whom it was sent. A person who shall leave meanwhile stays one who shall leave. */
export async function settleEditAck(input: Settling, ack: AckOf<'edit-ack'>): Promise<void> {
  const added = new Set(ack.added)
  const codes = new Map(ack.failed.map(({ customId, code }) => [customId, code]))
  const whole = verdictOf(ack) === 'done' ? undefined : ack.code
  const saidOf = (personRef: string): Parameters<typeof settleEdit>[1] => {
    const code = codes.get(personRef) ?? (added.has(personRef) ? undefined : whole)
    return added.has(personRef) ? 'added' : code === undefined ? 'nothing' : { code }
  }
  for (const personRef of input.flight.personRefs) {
    const said = saidOf(personRef)
    if (typeof said === 'object') input.observer.personRefused(personError(said.code).name)
  }
  await input.people.change((): PeopleChange => {
    const rows = current(input, 'wanted', 'failed')
    const put = rows.map((row) => settleEdit(row, saidOf(row.personRef), input.nowMs, input.random))
    const isNew = (row: TerminalPersonRow): boolean => row.state === 'held' && rows.some((before) => before.personRef === row.personRef && !before.confirmed)
    return { put, told: put.filter(isNew).map((row) => ({ row, state: 'held' })) }
  })
}

const proven = (rows: readonly TerminalPersonRow[]): Required<Pick<PeopleChange, 'drop' | 'told'>> =>
  ({ drop: rows, told: rows.map((row) => ({ row, state: 'done' })) })

/**
 * Whom the terminal names as deleted is proven gone. Of the others it does not say whether they were not there or could
 * not be deleted (spec v1.25 §5.1.3.2): true where it must be asked whom it still holds.
 */
export async function settleDelete(input: Settling, ack: AckOf<'delete-ack'>): Promise<boolean> {
  const deleted = new Set(ack.deleted)
  const change = await input.people.change(() => {
    const rows = current(input, 'deleting')
    const unproven = rows.filter((row) => !deleted.has(row.personRef)).map((row) => deleteAgain(row, input.nowMs, input.random))
    return { put: unproven, ...proven(rows.filter((row) => deleted.has(row.personRef))) }
  })
  return change.put.length > 0
}

/**
 * Whom the terminal says it holds against whom it should: proves deletions, and finds what it lost.
 * @returns persons of ours whom it has too many; undefined where it did not say whom it holds
 */
export async function settleQuery(input: Settling, ack: AckOf<'query-ack'>): Promise<readonly string[] | undefined> {
  const { customIds } = ack
  if (customIds === null) return undefined
  const { lost, stray, foreign } = compareHeld(customIds, input.people.rows(input.terminalId))
  if (foreign > 0) input.observer.anomaly('foreign-person', foreign)
  if (lost.length > 0) input.observer.anomaly('person-lost', lost.length)
  await input.people.change((): PeopleChange => {
    const now = compareHeld(customIds, input.people.rows(input.terminalId))
    const again = now.lost.map((row): TerminalPersonRow => (input.people.photos().has(row.personRef)
      ? { ...row, state: 'wanted', confirmed: false, errorCode: null, tries: 0, nextTryAtMs: 0 }
      : { ...row, state: 'failed', confirmed: false, errorCode: PHOTO_GONE, nextTryAtMs: null }))
    return { put: again, ...proven(now.gone) }
  })
  return stray
}
