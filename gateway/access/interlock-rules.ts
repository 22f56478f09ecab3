import type { DoorState } from './door-machine.js'

/** Another gate of an interlock group. */
export interface GroupDoor {
  readonly state: DoorState['kind']
  /** It was released a moment ago, and its controller has not said so yet. */
  readonly opening: boolean
}

/** Of a group one gate at a time may be open: true where another is, or may be. A door of which nothing is known may be open. */
export const isInterlocked = (others: readonly GroupDoor[]): boolean => others.some(({ state, opening }) => opening || state !== 'locked')
