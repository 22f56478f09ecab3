/**
 * What happened with a message of a terminal. `other-identity`: it speaks of another terminal than the one that sent it.
 * `repeated`: stored before, acknowledged again. `throttled`: strangers one after the other make one record.
 * `unasked`: an answer to nothing that is in flight.
 */
export const TERMINAL_RESULTS = [
  'stored', 'repeated', 'throttled', 'status', 'answer', 'unasked', 'malformed', 'other-identity', 'unknown-operator', 'no-gate', 'failed',
] as const
export type TerminalResult = (typeof TERMINAL_RESULTS)[number]

/** What is wrong with a terminal, counted. `unpermitted`: it let in somebody whom this gateway does not permit there. */
export type TerminalAnomaly = 'unpermitted' | 'record-gap' | 'count-restart' | 'foreign-person' | 'person-lost' | 'command-unanswered'

export interface TerminalObserver {
  message(result: TerminalResult): void
  /** @param count records, persons or commands */
  anomaly(kind: TerminalAnomaly, count: number): void
  /** A person whom a terminal did not take, by the name of its error. */
  personRefused(error: string): void
}
