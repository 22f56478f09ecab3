import { type Machine, to } from '#kernel/fsm.js'

/**
 * A zone in which something burnt stays open until every input was reset by hand at its controller and then a person resets
 * the zone: no line that breaks, no restart and no clock locks a door again (GB 55024-2022 §5.3.6).
 */
export type ZoneState =
  | { readonly kind: 'calm' }
  | { readonly kind: 'released'; readonly inputs: ReadonlyMap<string, 'burning' | 'reset'> }

export type ZoneInput =
  | { readonly kind: 'fire'; readonly deviceId: string }
  | { readonly kind: 'input-reset'; readonly deviceId: string }
  /** A person says that the zone is safe. Refused while an input says fire. */
  | { readonly kind: 'zone-reset' }

/** What all doors of the zone are told. */
export type ZoneEffect = { readonly kind: 'doors'; readonly mode: 'kept-open' | 'normal' }

export const fireMachine: Machine<ZoneState, ZoneInput, ZoneEffect> = (state, input) => {
  const inputs = state.kind === 'released' ? state.inputs : new Map<string, 'burning' | 'reset'>()
  switch (input.kind) {
    case 'fire': {
      if (inputs.get(input.deviceId) === 'burning') return undefined
      return to({ kind: 'released', inputs: new Map(inputs).set(input.deviceId, 'burning') }, { kind: 'doors', mode: 'kept-open' })
    }
    case 'input-reset':
      return inputs.get(input.deviceId) === 'burning' ? to({ kind: 'released', inputs: new Map(inputs).set(input.deviceId, 'reset') }) : undefined
    case 'zone-reset':
      if (state.kind === 'calm' || [...inputs.values()].includes('burning')) return undefined
      return to({ kind: 'calm' }, { kind: 'doors', mode: 'normal' })
  }
}
