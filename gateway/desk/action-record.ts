import type { OPERATOR_ACTIONS } from '#contract/desk-records.js'
import type { RecordOf } from '#contract/sync-records.js'
import type { Stamper } from '#kernel/record-stamp.js'
import type { DeskRole } from './ports.js'

/** Who stands behind a request. */
export interface Operator {
  readonly operatorRef: string
  readonly role: DeskRole
}

/** The machine's own command line: whoever holds the gateway's files. It has no login and so no reference of its own. */
export const COMMAND_LINE = { operatorRef: '00000000-0000-7000-8000-000000000000', role: 'installer' } as const

export type OperatorAction = (typeof OPERATOR_ACTIONS)[number]

export interface ActionFacts {
  /** Id of what it was done to. */
  readonly subject?: string | null
  /** A code; free text stays in erasable tables. */
  readonly reason?: string | null
  readonly outcome?: 'done' | 'refused'
}

/** Builds the record of one action at the desk. */
export type ActionRecorder = (by: Operator | typeof COMMAND_LINE, action: OperatorAction, facts?: ActionFacts) => RecordOf<'operator-action.v1'>

export const createActionRecorder = (deps: { stamp: Stamper }): ActionRecorder =>
  ({ operatorRef, role }, action, { subject = null, reason = null, outcome = 'done' } = {}) =>
    ({ kind: 'operator-action.v1', ...deps.stamp(), operatorRef, role, action, subject, reason, outcome })
