import type { CancelTimer, Clock } from '#kernel/clock.js'
import type { DeviceLife } from '../device/device-life.js'
import type { DoorHands } from './bystanders.js'
import {
  type ControllerEffect, type ControllerInput, type ControllerState, controllerMachine, nextTickMonoMs, poweredOn,
} from './controller-machine.js'
import type { FireLatch } from './fire-latch.js'

type WithoutClock<Input> = Input extends ControllerInput ? Omit<Input, 'monoMs'> : never

/** The controller machine running on a board: its inputs, its clock and the fire latch that outlives it. */
export interface Firmware {
  /** The world's grip on the inputs. Doors and alarm contact stay as they are over a power-on. */
  readonly hands: DoorHands
  apply(input: WithoutClock<ControllerInput>): void
  powerOn(): void
  /** A door that stands open for longer is reported. */
  heldOpenAfter(ms: number): void
  state(): ControllerState
  /** Contacts that opened since the program started. */
  doorsOpened(): number
  stop(): void
}

export interface FirmwareDeps {
  readonly clock: Clock
  readonly life: DeviceLife
  readonly board: { readonly doors: number; readonly heldOpenAfterMs: number }
  readonly fireLatch: FireLatch
  readonly carryOut: (effect: ControllerEffect) => void
}

/** @see Firmware */
export function createFirmware({ clock, life, board, fireLatch, carryOut }: FirmwareDeps): Firmware {
  const openDoors = new Set<number>()
  let fireInput = false
  let opened = 0
  let cancelTick: CancelTimer | undefined
  const boot = (): ControllerState =>
    poweredOn({ bootId: life.bootId(), ...board, fireInput, fireLatched: fireLatch.isSet(), openDoors })
  let state = boot()

  const apply = (input: WithoutClock<ControllerInput>): void => {
    const moved = controllerMachine(state, { ...input, monoMs: life.monoMs() } as ControllerInput)
    if (moved === undefined) return
    const latchMoved = moved.state.fireLatched !== state.fireLatched
    state = moved.state
    // Relays first: no door waits for the flash memory (GB 55024-2022 §5.3.6).
    for (const effect of moved.effects) if (effect.kind === 'relay') carryOut(effect)
    if (latchMoved) fireLatch.write(state.fireLatched)
    for (const effect of moved.effects) if (effect.kind !== 'relay') carryOut(effect)
    armTick()
  }
  const armTick = (): void => {
    cancelTick?.()
    const dueMs = nextTickMonoMs(state)
    cancelTick = dueMs === undefined ? undefined : clock.after(Math.max(0, dueMs - life.monoMs()), () => apply({ kind: 'tick' }))
  }
  return {
    apply,
    hands: {
      contact(doorNo, contact) {
        if (doorNo > board.doors) return
        if (contact === 'open' && !openDoors.has(doorNo)) opened += 1
        if (contact === 'open') openDoors.add(doorNo)
        else openDoors.delete(doorNo)
        apply({ kind: 'contact', doorNo, contact })
      },
      exitButton: (doorNo) => apply({ kind: 'exit-button', doorNo }),
      tamper: (active) => apply({ kind: 'tamper', active }),
      fireInput(active) {
        fireInput = active
        apply({ kind: 'fire-input', active })
      },
      fireReset: () => apply({ kind: 'fire-reset' }),
    },
    powerOn() {
      state = boot()
      fireLatch.write(state.fireLatched)
      apply({ kind: 'power-on' })
    },
    heldOpenAfter: (ms) => apply({ kind: 'held-open-after', ms }),
    state: () => state,
    doorsOpened: () => opened,
    stop: () => cancelTick?.(),
  }
}
