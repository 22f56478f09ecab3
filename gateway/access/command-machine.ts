import type { CommandRefusal } from '#contract/device-messages.js'
import { type Machine, to } from '#kernel/fsm.js'

/** `issued`: committed, not sent. Every state but the first two is final; only its evidence may still grow. */
export type CommandState =
  | { readonly kind: 'issued' }
  | { readonly kind: 'sent' }
  | { readonly kind: 'executed' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'no-answer' }
  | { readonly kind: 'answered-late' }

export type CommandInput =
  | { readonly kind: 'sent' }
  /** The gateway itself found that it would come too late, or to another life of the controller. */
  | { readonly kind: 'withheld'; readonly reason: 'expired' | 'other-boot' }
  | { readonly kind: 'result'; readonly outcome: 'executed' | 'refused'; readonly reason: CommandRefusal | null }
  /** The deadline and the grace after it passed without a result. */
  | { readonly kind: 'silence' }

export type CommandEffect = {
  readonly kind: 'record-outcome'
  readonly outcome: 'executed' | 'refused' | 'no-answer'
  readonly reason: CommandRefusal | null
  /** The command had been given up: the record is evidence, nothing is reopened. */
  readonly late: boolean
}

const record = (outcome: CommandEffect['outcome'], reason: CommandRefusal | null = null, late = false): CommandEffect =>
  ({ kind: 'record-outcome', outcome, reason, late })

/** The controller has had this command before: its answer to the first copy stands or is still on its way. */
const answersACopy = (input: CommandInput): boolean => input.kind === 'result' && input.reason === 'repeated'

/** Life of one door command. `undefined` where an input changes nothing: a second answer, a timer that came late. */
export const nextCommand: Machine<CommandState, CommandInput, CommandEffect> = (state, input) => {
  if (answersACopy(input)) return undefined
  switch (state.kind) {
    case 'issued':
    case 'sent':
      switch (input.kind) {
        case 'sent':
          return state.kind === 'issued' ? to({ kind: 'sent' }) : undefined
        case 'withheld':
          return state.kind === 'issued' ? to({ kind: 'refused' }, record('refused', input.reason)) : undefined
        case 'result':
          return to({ kind: input.outcome }, record(input.outcome, input.reason))
        case 'silence':
          return to({ kind: 'no-answer' }, record('no-answer'))
      }
      break
    case 'no-answer':
      return input.kind === 'result' ? to({ kind: 'answered-late' }, record(input.outcome, input.reason, true)) : undefined
    case 'executed':
    case 'refused':
    case 'answered-late':
      return undefined
  }
}
