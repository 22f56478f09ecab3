import type { BillListV1, CodeStateV1, PaymentResultV1, PosSlip, TillChannel, TillReceipt } from '#contract/till-messages.js'
import type { Incoming } from '../device/device-client.js'
import { createDeviceCore } from '../device/device-core.js'
import { type DeviceSettings, type DeviceWorld, type SimulatedDevice, type TillReport, count } from '../device/device.js'
import { recurring } from '../faults.js'
import type { TillMemory } from './till-memory.js'
import { createTillSender } from './till-sender.js'

export interface TillSettings extends DeviceSettings {
  /** Numbers of households whose people come by, in turn by chance; nobody comes where it is empty. */
  readonly households: readonly string[]
  /** Mean seconds between two who come by and pay what is due first; 0 is nobody. */
  readonly customerSeconds: number
}

export interface Payment {
  readonly householdNo: string
  readonly billId: string | null
  readonly fen: number
  /** By card; null is cash. */
  readonly pos: PosSlip | null
}

/** A payment terminal: screen, cash slot, card machine, printer. */
export interface SimulatedTill extends SimulatedDevice {
  /** Somebody types a household's number. @returns false where there is no connection */
  ask(householdNo: string): boolean
  /** Somebody pays in cash or by card. Kept before it is told, connection or not. */
  take(payment: Payment): void
  /** Somebody wants to pay by phone. @returns false where there is no connection */
  askCode(householdNo: string, billId: string, channel: TillChannel): boolean
  checkCode(outTradeNo: string): boolean
  reboot(): void
  drop(): void
  /** Something is wrong with it from now on, or no more. */
  fault(name: string, isWrong: boolean): void
  report(): TillReport
}

const RECEIPTS_MAX = 1_000
const CODE_CHECK_MS = 2_000

export interface TillEvents {
  readonly listed?: (list: BillListV1) => void
  readonly coded?: (state: CodeStateV1) => void
  readonly printed?: (receipt: TillReceipt) => void
}

/** Starts nothing yet. @param deps.memory what outlives its power cuts */
export function createTill(deps: { world: DeviceWorld; settings: TillSettings; memory: TillMemory; events?: TillEvents }): SimulatedTill {
  const { world: { clock, ids, random }, settings, memory, events = {} } = deps
  const answers: Record<string, number> = {}
  const codes: Record<string, number> = {}
  const receipts: TillReceipt[] = []
  const printedCodes = new Set<string>()
  /** Orders that it will ask about again. */
  const waitedFor = new Set<string>()
  let taken = 0
  let printed = 0
  /** Whoever stands before it waits for a list to pay from. */
  let customer: string | undefined

  const print = (receipt: TillReceipt): void => {
    printed += 1
    if (receipts.push(receipt) > RECEIPTS_MAX) receipts.shift()
    events.printed?.(receipt)
  }
  const ask = (householdNo: string): boolean => core.client.send('billQuestion', { v: 1, requestId: ids.uuid(), householdNo })
  const slip = (): PosSlip => ({ merchantId: '898440312345678', terminalId: '01234567', reference: String(Math.floor(random.float() * 1e12)).padStart(12, '0') })
  const take = ({ householdNo, billId, fen, pos }: Payment): void => {
    taken += 1
    const paymentId = ids.uuid()
    memory.keep({ v: 1, paymentId, ...core.life.stamp(), way: pos === null ? 'cash' : 'pos', householdNo, billId, fen, pos, lastNumber: memory.lastNumber() })
    sender.changed(paymentId)
  }
  const checkCode = (outTradeNo: string): boolean => core.client.send('codeCheck', { v: 1, requestId: ids.uuid(), outTradeNo })
  const comeBy = (): void => {
    customer = settings.households[Math.floor(random.float() * settings.households.length)]
    if (customer !== undefined) ask(customer)
  }
  const listed = (list: BillListV1): void => {
    count(answers, list.outcome)
    events.listed?.(list)
    const [first] = list.bills
    if (customer !== undefined && first !== undefined) {
      take({ householdNo: customer, billId: first.billId, fen: first.openFen, pos: random.float() < 0.5 ? null : slip() })
    }
    customer = undefined
  }
  const coded = (state: CodeStateV1): void => {
    count(codes, state.outcome === 'refused' ? `refused:${state.reason ?? ''}` : state.outcome)
    const { order, receipt } = state
    if (receipt !== null && order !== null && !printedCodes.has(order.outTradeNo)) {
      printedCodes.add(order.outTradeNo)
      memory.printed(receipt.number)
      print(receipt)
    }
    if (state.outcome === 'waiting' && order !== null && !waitedFor.has(order.outTradeNo)) {
      waitedFor.add(order.outTradeNo)
      clock.after(CODE_CHECK_MS, () => waitedFor.delete(order.outTradeNo) && checkCode(order.outTradeNo))
    }
    events.coded?.(state)
  }
  const settled = ({ paymentId, outcome, receipt }: PaymentResultV1): void => {
    if (outcome === 'recorded' && receipt !== null && memory.confirmed(paymentId, receipt.number)) print(receipt)
    if (outcome === 'refused') memory.refused(paymentId)
    sender.changed(paymentId)
  }
  const people = recurring(settings.customerSeconds, random, clock, comeBy)
  const core = createDeviceCore({
    world: deps.world, settings, capabilities: ['cash', 'pos', 'qr'],
    hooks: {
      connected: () => sender.connected(),
      disconnected: () => sender.disconnected(),
      received(message: Incoming) {
        if (message.kind === 'billList') listed(message.payload)
        if (message.kind === 'codeState') coded(message.payload)
        if (message.kind === 'paymentResult') settled(message.payload)
      },
      rebooted() {
        customer = undefined
        waitedFor.clear()
      },
      doors: () => [], pendingEvents: () => memory.pending().length,
    },
  })
  const sender = createTillSender({ memory, clock, send: (payment) => core.client.send('paymentTaken', payment) })
  return {
    ask, take, checkCode,
    askCode: (householdNo, billId, channel) => core.client.send('codeQuestion', { v: 1, requestId: ids.uuid(), householdNo, billId, channel }),
    start() {
      core.start()
      people.start()
    },
    async stop() {
      people.stop()
      sender.disconnected()
      await core.stop()
    },
    reboot: () => core.reboot(),
    drop: () => core.client.drop(),
    fault: (name, isWrong) => core.health.set(name, isWrong),
    report: () => ({
      kind: 'till', deviceId: settings.address.deviceId, firmware: core.firmware(), connects: core.connects(), reboots: core.reboots(), lists: { ...answers }, codes: { ...codes },
      taken, printed, pending: memory.pending().length, refused: memory.refusals(), receipts: [...receipts], notices: { ...core.notices() },
    }),
  }
}
