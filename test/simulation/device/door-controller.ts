import { decodeMessage } from '#contract/codec.js'
import type { DoorCommandV1, DoorModeV1 } from '#contract/device-messages.js'
import type { GatewayMessageKind } from '#contract/message-table.js'
import { type DoorHands, createBystanders } from '../../../firmware-sim/controller/bystanders.js'
import { type ControllerEffect, doorStatuses } from '../../../firmware-sim/controller/controller-machine.js'
import { createFirmware } from '../../../firmware-sim/controller/firmware.js'
import { type KeepQueue, type Kept, createKeepQueue } from '../../../firmware-sim/controller/keep-queue.js'
import { createKeepSender } from '../../../firmware-sim/controller/keep-sender.js'
import { NO_FAULTS } from '../../../firmware-sim/faults.js'
import { type DeviceDeps, type Talker, createTalker } from './talker.js'

export interface DoorController {
  readonly talker: Talker
  readonly hands: DoorHands
  readonly queue: KeepQueue
}

export interface DoorControllerDeps extends DeviceDeps {
  readonly doors: number
  /** File of what it keeps until it is acknowledged. */
  readonly flashPath: string
  /** A command was carried out: the relay has moved. */
  readonly executed: (command: DoorCommandV1 | DoorModeV1, bootId: string) => void
  readonly kept: (message: Kept) => void
}

const HELD_OPEN_AFTER_MS = 20_000
const KEPT_MAX = 10_000

/** The simulator's own controller firmware, flash and bystanders, on a wire of this world instead of a socket. */
export function createDoorController(deps: DoorControllerDeps): DoorController {
  const { broker, dice, doors, executed, kept } = deps
  const queue = createKeepQueue({ path: deps.flashPath, sizeMax: KEPT_MAX })
  let isFireLatched = false
  let obeying: DoorCommandV1 | DoorModeV1 | undefined

  const carryOut = (effect: ControllerEffect): void => {
    if (effect.kind === 'relay') {
      if (effect.relay === 'released') bystanders.released(effect.doorNo)
      return
    }
    const stamp = { eventId: talker.ids.uuid(), ...talker.life.stamp() }
    const message: Kept = effect.kind === 'event'
      ? { kind: 'doorEvent', payload: { v: 1, ...stamp, doorNo: effect.doorNo, type: effect.type, live: false } }
      : { kind: 'commandResult', payload: { v: 1, ...stamp, commandId: effect.commandId, outcome: effect.outcome, reason: effect.reason } }
    if (effect.kind === 'result' && effect.outcome === 'executed' && obeying !== undefined) executed(obeying, talker.life.bootId())
    kept(message)
    sender.offer(message)
  }
  const obey = (command: DoorCommandV1 | DoorModeV1): void => {
    obeying = command
    firmware.apply('action' in command ? { kind: 'command', command } : { kind: 'mode', command })
    obeying = undefined
  }
  const received = (kind: GatewayMessageKind, bytes: Uint8Array): void => {
    if (kind !== 'eventAck' && kind !== 'doorCommand' && kind !== 'doorMode') return
    const decoded = decodeMessage(kind, bytes)
    if (!decoded.ok) throw new Error(`${kind}: ${decoded.error}`)
    if ('eventIds' in decoded.value) sender.acknowledge(decoded.value.eventIds)
    else obey(decoded.value)
  }
  const talker = createTalker(deps, {
    events: { connected: () => sender.connected(), disconnected: () => sender.disconnected(), received },
    doors: () => doorStatuses(firmware.state()),
    pendingEvents: () => queue.size(),
    rebooted: () => firmware.powerOn(),
  })
  const { clock, life } = talker
  const firmware = createFirmware({
    clock, life, board: { doors, heldOpenAfterMs: HELD_OPEN_AFTER_MS }, carryOut,
    fireLatch: { isSet: () => isFireLatched, write: (isSet) => void (isFireLatched = isSet) },
  })
  const sender = createKeepSender({
    queue, clock, acknowledged: () => undefined,
    send: (message) => (message.kind === 'doorEvent' ? broker.send(talker.plug, 'doorEvent', message.payload) : broker.send(talker.plug, 'commandResult', message.payload)),
  })
  const { hands } = firmware
  const bystanders = createBystanders({ doors, heldOpenAfterMs: HELD_OPEN_AFTER_MS, faults: NO_FAULTS, hands, clock, random: dice.random })
  return { talker, hands, queue }
}
