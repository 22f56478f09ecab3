import type { DoorEventV1 } from '#contract/device-messages.js'
import type { Incoming } from '../device/device-client.js'
import { createDeviceCore } from '../device/device-core.js'
import { type ControllerReport, type DeviceSettings, type DeviceWorld, type SimulatedDevice, count } from '../device/device.js'
import { type DoorHands, createBystanders } from './bystanders.js'
import { type ControllerEffect, type ControllerState, doorStatuses } from './controller-machine.js'
import type { FireLatch } from './fire-latch.js'
import { createFirmware } from './firmware.js'
import type { KeepQueue, Kept } from './keep-queue.js'
import { createKeepSender } from './keep-sender.js'

export interface ControllerSettings extends DeviceSettings {
  readonly doors: number
  /** A door that stands open for longer is reported. */
  readonly heldOpenAfterMs: number
}

export interface ControllerDeps {
  readonly world: DeviceWorld
  readonly settings: ControllerSettings
  readonly queue: KeepQueue
  readonly fireLatch: FireLatch
}

/** A door controller with its doors and the people who use them. */
export interface SimulatedController extends SimulatedDevice {
  readonly hands: DoorHands
  state(): ControllerState
  reboot(): void
  drop(): void
  /** Something is wrong with it from now on, or no more. */
  fault(name: string, isWrong: boolean): void
  report(): ControllerReport
}

const PARAMETERS = { 'held-open-seconds': { min: 1, max: 3_600 }, buzzer: 'boolean' } as const
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The id of a command that breaks its schema, where it can still be made out: only then can it be answered. */
function commandIdOf(bytes: Uint8Array): string | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    const id = typeof parsed === 'object' && parsed !== null && 'commandId' in parsed ? parsed.commandId : undefined
    return typeof id === 'string' && UUID.test(id) ? id : undefined
  } catch {
    return undefined
  }
}

/** What an effect tells the gateway; a relay's movement alone tells nothing. */
function messageOf(effect: ControllerEffect, stamp: Pick<DoorEventV1, 'eventId' | 'bootId' | 'monoMs' | 'wallMs'>): Kept | undefined {
  if (effect.kind === 'relay') return undefined
  if (effect.kind === 'event') {
    const { doorNo, type } = effect
    return { kind: 'doorEvent', payload: { v: 1, ...stamp, doorNo, type, live: false } }
  }
  const { commandId, outcome, reason } = effect
  return { kind: 'commandResult', payload: { v: 1, ...stamp, commandId, outcome, reason } }
}

/** Firmware with network and flash memory around it. Starts nothing yet. */
export function createController({ world, settings, queue, fireLatch }: ControllerDeps): SimulatedController {
  const refused: Record<string, number> = {}
  const counts = { received: 0, executed: 0, acknowledged: 0 }

  const carryOut = (effect: ControllerEffect): void => {
    if (effect.kind === 'relay') world.log.info({ doorNo: effect.doorNo, relay: effect.relay }, 'relay')
    const message = messageOf(effect, { eventId: world.ids.uuid(), ...core.life.stamp() })
    if (message !== undefined) sender.offer(message)
    if (effect.kind === 'result' && effect.reason !== null) count(refused, effect.reason)
    if (effect.kind === 'result' && effect.reason === null) counts.executed += 1
    if (effect.kind === 'relay' && effect.relay === 'released' && !firmware.state().fireLatched) bystanders.released(effect.doorNo)
  }
  const received = (message: Incoming): void => {
    if (message.kind === 'eventAck') return sender.acknowledge(message.payload.eventIds)
    const isBroken = message.kind === 'malformed' && (message.about === 'doorCommand' || message.about === 'doorMode')
    if (message.kind !== 'doorCommand' && message.kind !== 'doorMode' && !isBroken) return
    counts.received += 1
    if (message.kind === 'doorMode') return firmware.apply({ kind: 'mode', command: message.payload })
    if (message.kind === 'doorCommand') return firmware.apply({ kind: 'command', command: message.payload })
    const commandId = isBroken ? commandIdOf(message.bytes) : undefined
    if (commandId !== undefined) firmware.apply({ kind: 'malformed-command', commandId })
  }
  const core = createDeviceCore({
    world, settings, capabilities: ['doors', 'fire-input'], parameters: PARAMETERS,
    hooks: {
      connected: () => sender.connected(),
      disconnected: () => sender.disconnected(),
      received,
      rebooted: () => firmware.powerOn(),
      configured: ({ 'held-open-seconds': seconds }) => firmware.heldOpenAfter(typeof seconds === 'number' ? seconds * 1_000 : settings.heldOpenAfterMs),
      doors: () => doorStatuses(firmware.state()),
      pendingEvents: () => queue.size(),
    },
  })
  const sender = createKeepSender({
    queue, clock: world.clock,
    send: (message) => message.kind === 'doorEvent'
      ? core.client.send('doorEvent', message.payload)
      : core.client.send('commandResult', message.payload),
    acknowledged: (messages) => void (counts.acknowledged += messages),
  })
  const firmware = createFirmware({ clock: world.clock, life: core.life, board: settings, fireLatch, carryOut })
  const { hands } = firmware
  const { doors, heldOpenAfterMs, faults } = settings
  const bystanders = createBystanders({ doors, heldOpenAfterMs, faults, hands, clock: world.clock, random: world.random })
  return {
    hands,
    state: firmware.state,
    start() {
      firmware.powerOn()
      core.start()
      bystanders.start()
    },
    async stop() {
      bystanders.stop()
      firmware.stop()
      sender.stop()
      await core.stop()
    },
    reboot: () => core.reboot(),
    drop: () => core.client.drop(),
    fault: core.health.set,
    report: () => ({
      kind: 'controller', deviceId: settings.address.deviceId, connects: core.connects(), reboots: core.reboots(),
      commandsReceived: counts.received, commandsExecuted: counts.executed, commandsRefused: { ...refused },
      firmware: core.firmware(), doorsOpened: firmware.doorsOpened(), eventsAcknowledged: counts.acknowledged, eventsPending: queue.size(),
      eventsLost: queue.lost(), notices: { ...core.notices() },
    }),
  }
}
