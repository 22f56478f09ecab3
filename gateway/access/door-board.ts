import type { DoorEventV1, DoorStatusV1 } from '#contract/device-messages.js'
import { type DoorInput, type DoorMove, type DoorState, nextDoor } from './door-machine.js'
import type { DoorLookup } from './ports.js'

/** What is known now of every door. */
export interface DoorBoard extends DoorLookup {
  /** Takes a live event; one kept from before the present connection says nothing about now. */
  onEvent(controllerId: string, event: DoorEventV1): void
  onStatus(controllerId: string, doors: readonly DoorStatusV1[]): void
  /** The controller is gone, or has started anew. */
  onLost(controllerId: string): void
}

const isMove = (type: DoorEventV1['type']): type is DoorMove => type !== 'exit-button' && type !== 'tamper' && type !== 'tamper-cleared'

/** @param moved called after a door's state has changed */
export function createDoorBoard(moved: (controllerId: string, doorNo: number, state: DoorState) => void = () => undefined): DoorBoard {
  const controllers = new Map<string, Map<number, DoorState>>()
  /** Doors whose controller has said something of a contact. */
  const contacts = new Set<string>()
  const stateOf = (controllerId: string, doorNo: number): DoorState => controllers.get(controllerId)?.get(doorNo) ?? { kind: 'unknown' }
  const move = (controllerId: string, doorNo: number, input: DoorInput): void => {
    const transition = nextDoor(stateOf(controllerId, doorNo), input)
    if (transition === undefined) return
    let doors = controllers.get(controllerId)
    if (doors === undefined) controllers.set(controllerId, (doors = new Map()))
    const before = doors.get(doorNo)?.kind
    doors.set(doorNo, transition.state)
    if (transition.state.kind !== before) moved(controllerId, doorNo, transition.state)
  }
  return {
    onEvent(controllerId, { doorNo, type, live }) {
      if (live && isMove(type)) move(controllerId, doorNo, { kind: 'event', type })
    },
    onStatus(controllerId, doors) {
      for (const { doorNo, ...status } of doors) {
        const door = `${controllerId} ${doorNo}`
        if (status.contact === 'unknown') contacts.delete(door)
        else contacts.add(door)
        move(controllerId, doorNo, { kind: 'status', status })
      }
    },
    onLost(controllerId) {
      for (const doorNo of controllers.get(controllerId)?.keys() ?? []) move(controllerId, doorNo, { kind: 'lost' })
    },
    state: stateOf,
    hasContact: (controllerId, doorNo) => contacts.has(`${controllerId} ${doorNo}`),
  }
}
