import { schemaError } from '#contract/schema-error.js'
import { BillId, Fen, HouseholdNo, PosSlip } from '#contract/till-messages.js'
import type { SimulatedCamera } from '../camera/camera.js'
import type { SimulatedController } from '../controller/controller.js'
import type { BuiltTerminal } from '../oem/build-terminals.js'
import type { SimulatedReader } from '../reader/reader.js'
import type { SimulatedTill } from '../till/till.js'

interface Devices {
  readonly cameras: readonly SimulatedCamera[]
  readonly controllers: readonly SimulatedController[]
  readonly readers: readonly SimulatedReader[]
  readonly tills: readonly SimulatedTill[]
  readonly terminals: readonly BuiltTerminal[]
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

const READER_WAYS = ['card', 'qr', 'pin'] as const

function orderReader(reader: SimulatedReader, verb: string, [first = '', second = '']: readonly string[]): boolean {
  const way = READER_WAYS.find((known) => known === first)
  const number = Number(first)
  switch (verb) {
    case 'present': return way !== undefined && second !== '' && (reader.present({ way, value: second }), true)
    case 'come': return first !== '' && Number.isInteger(number) && number >= 0 && (reader.come(number), true)
    case 'flood': return number >= 1 && number <= 10_000 && (reader.flood(number), true)
    default: return false
  }
}

const CHANNELS = ['wechat', 'alipay'] as const
const SLIP = { merchantId: '898440312345678', terminalId: '01234567' }

/** `ask NO`, `cash NO FEN [BILL]`, `card NO FEN REFERENCE [BILL]`, `code NO BILL wechat|alipay`. */
function orderTill(till: SimulatedTill, verb: string, [householdNo = '', second = '', third = '', fourth]: readonly string[]): boolean {
  const fen = Number(second)
  const isBill = (text: string | undefined): boolean => text === undefined || schemaError(BillId, text) === undefined
  const isSum = schemaError(Fen, fen) === undefined
  const pos = { ...SLIP, reference: third }
  const channel = CHANNELS.find((known) => known === third)
  if (schemaError(HouseholdNo, householdNo) !== undefined) return false
  switch (verb) {
    case 'ask': return (till.ask(householdNo), true)
    case 'cash': return isSum && (third === '' || isBill(third)) && (till.take({ householdNo, fen, billId: third === '' ? null : third, pos: null }), true)
    case 'card': return isSum && isBill(fourth) && schemaError(PosSlip, pos) === undefined && (till.take({ householdNo, fen, billId: fourth ?? null, pos }), true)
    case 'code': return isBill(second) && channel !== undefined && (till.askCode(householdNo, second, channel), true)
    default: return false
  }
}

function orderTerminal(terminal: BuiltTerminal, verb: string, [faceId]: readonly string[]): string | undefined {
  if (verb === 'reboot') return void terminal.reboot()
  if (verb === 'factory-reset') return void terminal.factoryReset()
  if (verb !== 'show' || faceId === undefined) return `not understood: ${verb}`
  terminal.showFace(faceId).catch((error: unknown) => process.stderr.write(`show: ${String(error)}\n`))
  return undefined
}

/** Carries out one line of standard input. @returns undefined, or what is wrong with it */
export function obey(devices: Devices, line: string): string | undefined {
  const [verb = '', deviceId = '', ...args] = line.trim().split(/\s+/)
  if (verb === '') return undefined
  const terminal = devices.terminals.find((known) => known.report().deviceId === deviceId)
  if (terminal !== undefined) return orderTerminal(terminal, verb, args)
  const controller = devices.controllers.find((device) => device.report().deviceId === deviceId)
  const reader = devices.readers.find((candidate) => candidate.report().deviceId === deviceId)
  const till = devices.tills.find((candidate) => candidate.report().deviceId === deviceId)
  const device = controller ?? reader ?? till ?? devices.cameras.find((candidate) => candidate.report().deviceId === deviceId)
  if (device === undefined) return `no device ${JSON.stringify(deviceId)}`
  if (verb === 'reboot' || verb === 'drop') return void device[verb]()
  const [fault = '', is = ''] = args
  if (verb === 'fault' && 'fault' in device && fault !== '' && SWITCH[is] !== undefined) return void device.fault(fault, SWITCH[is])
  if (reader !== undefined && orderReader(reader, verb, args)) return undefined
  if (till !== undefined && orderTill(till, verb, args)) return undefined
  return controller !== undefined && orderController(controller, verb, args) ? undefined : `not understood: ${line.trim()}`
}
