import type { DoorEventType, DoorStatusV1 } from '#contract/device-messages.js'
import { type Machine, type Transition, to } from '#kernel/fsm.js'

type Relay = DoorStatusV1['relay']

/** What is known of one door. `fire` is latched: only its reset, or the controller's own word, ends it (GB 55024 §5.3.6). */
export type DoorState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'locked' }
  | { readonly kind: 'released' }
  | { readonly kind: 'open'; readonly relay: Relay }
  | { readonly kind: 'held-open'; readonly relay: Relay }
  | { readonly kind: 'forced' }
  | { readonly kind: 'fire' }

/** Events that say something about the door itself; buttons and tamper switches do not. */
export type DoorMove = Exclude<DoorEventType, 'exit-button' | 'tamper' | 'tamper-cleared'>

export type DoorInput =
  | { readonly kind: 'event'; readonly type: DoorMove }
  /** The controller's word in a heartbeat: it corrects whatever was missed. */
  | { readonly kind: 'status'; readonly status: Omit<DoorStatusV1, 'doorNo'> }
  /** The controller is not connected, or started anew. */
  | { readonly kind: 'lost' }

type Next = Transition<DoorState> | undefined

const shut = (relay: Relay): DoorState => (relay === 'released' ? { kind: 'released' } : { kind: 'locked' })

function onStatus(state: DoorState, { relay, contact, fire }: Omit<DoorStatusV1, 'doorNo'>): Next {
  if (fire) return to({ kind: 'fire' })
  if (contact !== 'open') return to(shut(relay))
  // A heartbeat cannot tell a rightful opening from a forced one: what the events said stands.
  if (state.kind === 'forced') return to(state)
  return to({ kind: state.kind === 'held-open' ? 'held-open' : 'open', relay })
}

function onRelay(state: DoorState, relay: Relay): Next {
  switch (state.kind) {
    case 'open':
    case 'held-open':
      return state.relay === relay ? undefined : to({ ...state, relay })
    case 'unknown':
    case 'locked':
    case 'released':
      return state.kind === shut(relay).kind ? undefined : to(shut(relay))
    case 'forced':
    case 'fire':
      return undefined
  }
}

function onLeaf(state: DoorState, type: 'opened' | 'closed' | 'held-open' | 'held-open-cleared' | 'forced' | 'forced-cleared'): Next {
  if (state.kind === 'fire') return undefined
  const relay = 'relay' in state ? state.relay : state.kind === 'released' ? 'released' : 'locked'
  const isOpen = state.kind === 'open' || state.kind === 'held-open' || state.kind === 'forced'
  switch (type) {
    case 'opened':
      return isOpen ? undefined : to({ kind: 'open', relay })
    case 'closed':
      return isOpen || state.kind === 'unknown' ? to(shut(relay)) : undefined
    case 'held-open':
      return state.kind === 'open' || state.kind === 'unknown' ? to({ kind: 'held-open', relay }) : undefined
    case 'held-open-cleared':
      return state.kind === 'held-open' ? to(shut(relay)) : undefined
    case 'forced':
      return state.kind === 'forced' ? undefined : to({ kind: 'forced' })
    case 'forced-cleared':
      return state.kind === 'forced' ? to({ kind: 'locked' }) : undefined
  }
}

/** One door's life. `undefined` where an event says what is known already or does not fit: it is recorded all the same. */
export const nextDoor: Machine<DoorState, DoorInput> = (state, input) => {
  if (input.kind === 'status') return onStatus(state, input.status)
  if (input.kind === 'lost') return state.kind === 'fire' || state.kind === 'unknown' ? undefined : to({ kind: 'unknown' })
  switch (input.type) {
    case 'fire':
      return state.kind === 'fire' ? undefined : to({ kind: 'fire' })
    case 'fire-reset':
      return state.kind === 'fire' ? to({ kind: 'unknown' }) : undefined
    case 'power-on':
      return state.kind === 'fire' || state.kind === 'unknown' ? undefined : to({ kind: 'unknown' })
    case 'relay-released':
      return onRelay(state, 'released')
    case 'relay-locked':
      return onRelay(state, 'locked')
    default:
      return onLeaf(state, input.type)
  }
}
