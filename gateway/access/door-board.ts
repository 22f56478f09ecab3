import type { DoorEventV1, DoorStatusV1 } from '#contract/device-messages.js'
import { type DoorInput, type DoorMove, type DoorState, nextDoor } from './door-machine.js'

/** What is known now of every door. */
export interface DoorBoard {
  /** Takes a live event; one kept from before the present connection says nothing about now. */
  onEvent(controllerId: string, event: DoorEventV1): void
  onStatus(controllerId: string, doors: readonly DoorStatusV1[]): void
  /** The controller is gone, or has started anew. */
  onLost(controllerId: string): void
  state(controllerId: string, doorNo: number): DoorState
}

const isMove = (type: DoorEventV1['type']): type is DoorMove => type !== 'exit-button' && type !== 'tamper' && type !== 'tamper-cleared'

export function createDoorBoard(): DoorBoard {
  const controllers = new Map<string, Map<number, DoorState>>()
  const stateOf = (controllerId: string, doorNo: number): DoorState => controllers.get(controllerId)?.get(doorNo) ?? { kind: 'unknown' }
  const move = (controllerId: string, doorNo: number, input: DoorInput): void => {
    const transition = nextDoor(stateOf(controllerId, doorNo), input)
    if (transition === undefined) return
    let doors = controllers.get(controllerId)
    if (doors === undefined) controllers.set(controllerId, (doors = new Map()))
    doors.set(doorNo, transition.state)
  }
  return {
    onEvent(controllerId, { doorNo, type, live }) {
      if (live && isMove(type)) move(controllerId, doorNo, { kind: 'event', type })
    },
    onStatus(controllerId, doors) {
      for (const { doorNo, ...status } of doors) move(controllerId, doorNo, { kind: 'status', status })
    },
    onLost(controllerId) {
      for (const doorNo of controllers.get(controllerId)?.keys() ?? []) move(controllerId, doorNo, { kind: 'lost' })
    },
    state: stateOf,
  }
}
