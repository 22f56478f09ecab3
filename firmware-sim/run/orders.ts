import type { SimulatedCamera } from '../camera/camera.js'
import type { SimulatedController } from '../controller/controller.js'

interface Devices {
  readonly cameras: readonly SimulatedCamera[]
  readonly controllers: readonly SimulatedController[]
}

const SWITCH: Record<string, boolean> = { on: true, off: false }

function orderController(controller: SimulatedController, verb: string, args: readonly string[]): boolean {
  const [first = '', second = ''] = args
  const doorNo = Number(first)
  const isOn = SWITCH[first]
  switch (verb) {
    case 'fire': return isOn !== undefined && (controller.hands.fireInput(isOn), true)
    case 'tamper': return isOn !== undefined && (controller.hands.tamper(isOn), true)
    case 'fire-reset': return (controller.hands.fireReset(), true)
    case 'exit': return doorNo >= 1 && (controller.hands.exitButton(doorNo), true)
    case 'contact': return doorNo >= 1 && (second === 'open' || second === 'closed') && (controller.hands.contact(doorNo, second), true)
    default: return false
  }
}

/** Carries out one line of standard input. @returns undefined, or what is wrong with it */
export function obey(devices: Devices, line: string): string | undefined {
  const [verb = '', deviceId = '', ...args] = line.trim().split(/\s+/)
  if (verb === '') return undefined
  const controller = devices.controllers.find((device) => device.report().deviceId === deviceId)
  const device = controller ?? devices.cameras.find((candidate) => candidate.report().deviceId === deviceId)
  if (device === undefined) return `no device ${JSON.stringify(deviceId)}`
  if (verb === 'reboot' || verb === 'drop') return void device[verb]()
  return controller !== undefined && orderController(controller, verb, args) ? undefined : `not understood: ${line.trim()}`
}
