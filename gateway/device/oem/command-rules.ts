import type { RandomSource } from '#kernel/random.js'
import { BATCH_BUSY, BATCH_DONE, BATCH_MALFORMED, personError } from './error-codes.js'
import type { CommandAck } from './oem-reader.js'
import type { TerminalPersonRow } from './ports.js'

/** `DeletePersons` takes 200 ids, spec v1.25 §5.1.3.2; `EditPersonsNew` 1 000 persons, §5.1.2.1. */
export const DELETE_MAX = 200
export const EDIT_MAX = 1_000

/** What is sent next. One command is in flight at a time: a second one is answered 410. */
export type NextStep =
  /** Asks whom the terminal holds: after each connection, and after a deletion that it did not confirm for all. */
  | { readonly kind: 'query' }
  | { readonly kind: 'delete'; readonly rows: readonly TerminalPersonRow[] }
  | { readonly kind: 'edit'; readonly rows: readonly TerminalPersonRow[] }
  /** Nothing before this moment of the wall clock; null for nothing at all. */
  | { readonly kind: 'rest'; readonly untilMs: number | null }

const isDue = (row: TerminalPersonRow, nowMs: number): boolean => row.nextTryAtMs !== null && row.nextTryAtMs <= nowMs

/** Deletions before anything else, and additions only once it is known whom the terminal holds. */
export function nextStep(input: { rows: Iterable<TerminalPersonRow>; nowMs: number; mustQuery: boolean; batchMax: number }): NextStep {
  const { nowMs, batchMax } = input
  const waiting = [...input.rows].filter((row) => row.state !== 'held' && row.nextTryAtMs !== null)
  const due = waiting.filter((row) => isDue(row, nowMs))
  const leaving = due.filter((row) => row.state === 'deleting')
  if (leaving.length > 0) return { kind: 'delete', rows: leaving.slice(0, Math.min(DELETE_MAX, batchMax)) }
  if (input.mustQuery) return { kind: 'query' }
  if (due.length > 0) return { kind: 'edit', rows: due.slice(0, Math.min(EDIT_MAX, batchMax)) }
  const times = waiting.map((row) => row.nextTryAtMs as number)
  return { kind: 'rest', untilMs: times.length === 0 ? null : times.reduce((first, time) => Math.min(first, time)) }
}

const SOON_MS_MIN = 5_000
const SOON_MS_MAX = 600_000
const LATE_MS = 3_600_000

/** Milliseconds, whole. Doubles from 5 s to 10 min; half of it is chance, so that terminals do not come back in one beat. */
export function retryMs(tries: number, random: RandomSource): number {
  const full = Math.min(SOON_MS_MAX, SOON_MS_MIN * 2 ** Math.min(tries, 20))
  return Math.round(full / 2 + random.float() * (full / 2))
}

/** What a whole command came to, beside what it says of each person. */
export type CommandVerdict = 'done' | 'busy' | 'malformed' | 'refused'

export function verdictOf({ code }: Pick<CommandAck, 'code'>): CommandVerdict {
  if (code === BATCH_DONE) return 'done'
  if (code === BATCH_BUSY) return 'busy'
  return BATCH_MALFORMED.includes(code) ? 'malformed' : 'refused'
}

/** The row of a person of whom the terminal says that it took them, or why not, or nothing. */
export function settleEdit(
  row: TerminalPersonRow, said: 'added' | { readonly code: number } | 'nothing', nowMs: number, random: RandomSource,
): TerminalPersonRow {
  if (said === 'added') return { ...row, state: 'held', placed: true, confirmed: true, errorCode: null, tries: 0, nextTryAtMs: null }
  const tries = row.tries + 1
  const soonMs = nowMs + retryMs(row.tries, random)
  if (said === 'nothing') return { ...row, tries, nextTryAtMs: soonMs }
  const { remedy } = personError(said.code)
  const nextTryAtMs = remedy === 'soon' ? soonMs : remedy === 'late' ? nowMs + LATE_MS : null
  return { ...row, state: 'failed', errorCode: said.code, tries, nextTryAtMs }
}

/** The row of a person whose deletion is not proven yet: it is asked for again, for as long as it takes. */
export const deleteAgain = (row: TerminalPersonRow, nowMs: number, random: RandomSource): TerminalPersonRow =>
  ({ ...row, tries: row.tries + 1, nextTryAtMs: nowMs + retryMs(row.tries, random) })

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export interface Comparison {
  /** Waited for deletion and are not there: proven gone. */
  readonly gone: readonly TerminalPersonRow[]
  /** Should be there and are not, as after a factory reset: to be put there again. */
  readonly lost: readonly TerminalPersonRow[]
  /** There under an id as ours are, and no row knows them: to be deleted. */
  readonly stray: readonly string[]
  /** Enrolled at the terminal by somebody else: not ours to delete, but worth a look. */
  readonly foreign: number
}

/** Whom a terminal says it holds against whom it should. */
export function compareHeld(customIds: readonly string[], rows: ReadonlyMap<string, TerminalPersonRow>): Comparison {
  const there = new Set(customIds)
  const absent = [...rows.values()].filter((row) => !there.has(row.personRef))
  const unknown = [...there].filter((id) => !rows.has(id))
  return {
    gone: absent.filter((row) => row.state === 'deleting'),
    lost: absent.filter((row) => row.state === 'held' || (row.confirmed && row.state !== 'deleting')),
    stray: unknown.filter((id) => UUID.test(id)),
    foreign: unknown.filter((id) => !UUID.test(id)).length,
  }
}
