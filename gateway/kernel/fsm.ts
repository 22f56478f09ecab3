/**
 * A state machine is a pure function from state and input to the next state with its effects, or `undefined`
 * where that input is refused in that state. It never executes an effect.
 */
export interface Transition<State, Effect = never> {
  readonly state: State
  readonly effects: readonly Effect[]
}

export type Machine<State, Input, Effect = never> = (state: State, input: Input) => Transition<State, Effect> | undefined

/** A transition to `state` with the effects the caller must carry out, in order. */
export const to = <State, Effect = never>(state: State, ...effects: Effect[]): Transition<State, Effect> => ({ state, effects })
