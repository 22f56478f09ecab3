import type { BillListV1, CodeStateV1, PaymentResultV1, PosSlip, TillChannel, TillReceipt } from '#contract/till-messages.js'
import type { Incoming } from '../device/device-client.js'
import { type DeviceCore, createDeviceCore } from '../device/device-core.js'
import { type DeviceSettings, type DeviceWorld, type SimulatedDevice, type TillReport, count } from '../device/device.js'
import { recurring } from '../faults.js'
import type { TillMemory } from './till-memory.js'
import { createCodeWatch } from './code-watch.js'
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
const SLIP = { merchantId: '898440312345678', terminalId: '01234567' }

export interface TillEvents {
  readonly listed?: (list: BillListV1) => void
  readonly coded?: (state: CodeStateV1) => void
  readonly printed?: (receipt: TillReceipt) => void
}

/** What the till printed, counted and was told. */
function createCounts(events: TillEvents) {
  const lists: Record<string, number> = {}
  const codes: Record<string, number> = {}
  const receipts: TillReceipt[] = []
  const sums = { taken: 0, printed: 0 }
  return {
    listed: (list: BillListV1): void => count(lists, list.outcome),
    coded: ({ outcome, reason }: CodeStateV1): void => count(codes, outcome === 'refused' ? `refused:${reason ?? ''}` : outcome),
    taken: (): void => void (sums.taken += 1),
    print(receipt: TillReceipt): void {
      sums.printed += 1
      if (receipts.push(receipt) > RECEIPTS_MAX) receipts.shift()
      events.printed?.(receipt)
    },
    report: () => ({ lists: { ...lists }, codes: { ...codes }, ...sums, receipts: [...receipts] }),
  }
}

/** Cash slot and card machine: what was taken is kept before it is told. */
function createTaking(deps: { core: () => DeviceCore; counts: ReturnType<typeof createCounts>; memory: TillMemory; world: DeviceWorld }) {
  const { core, counts, memory, world: { ids, random, clock } } = deps
  const sender = createTillSender({ memory, clock, send: (payment) => core().client.send('paymentTaken', payment) })
  const take = ({ householdNo, billId, fen, pos }: Payment): void => {
    counts.taken()
    const paymentId = ids.uuid()
    memory.keep({ v: 1, paymentId, ...core().life.stamp(), way: pos === null ? 'cash' : 'pos', householdNo, billId, fen, pos, lastNumber: memory.lastNumber() })
    sender.changed(paymentId)
  }
  return {
    sender, take,
    /** As somebody who stands there pays what is due first, by chance in cash or by card. */
    payFirst(householdNo: string, { bills: [first] }: BillListV1): void {
      const reference = String(Math.floor(random.float() * 1e12)).padStart(12, '0')
      if (first !== undefined) take({ householdNo, billId: first.billId, fen: first.openFen, pos: random.float() < 0.5 ? null : { ...SLIP, reference } })
    },
    settled({ paymentId, outcome, receipt }: PaymentResultV1): void {
      if (outcome === 'recorded' && receipt !== null && memory.confirmed(paymentId, receipt.number)) counts.print(receipt)
      if (outcome === 'refused') memory.refused(paymentId)
      sender.changed(paymentId)
    },
  }
}

/** Starts nothing yet. @param deps.memory what outlives its power cuts */
export function createTill(deps: { world: DeviceWorld; settings: TillSettings; memory: TillMemory; events?: TillEvents }): SimulatedTill {
  const { world: { clock, ids, random }, settings, memory, events = {} } = deps
  const counts = createCounts(events)
  /** Whoever stands before it waits for a list to pay from. */
  let customer: string | undefined

  const taking = createTaking({ core: () => core, counts, memory, world: deps.world })
  const ask = (householdNo: string): boolean => core.client.send('billQuestion', { v: 1, requestId: ids.uuid(), householdNo })
  const checkCode = (outTradeNo: string): boolean => core.client.send('codeCheck', { v: 1, requestId: ids.uuid(), outTradeNo })
  const codes = createCodeWatch({
    clock, check: checkCode,
    paid(receipt) {
      memory.printed(receipt.number)
      counts.print(receipt)
    },
  })
  const received = (message: Incoming): void => {
    if (message.kind === 'paymentResult') taking.settled(message.payload)
    if (message.kind === 'codeState') {
      counts.coded(message.payload)
      codes.heard(message.payload)
      events.coded?.(message.payload)
    }
    if (message.kind !== 'billList') return
    counts.listed(message.payload)
    events.listed?.(message.payload)
    if (customer !== undefined) taking.payFirst(customer, message.payload)
    customer = undefined
  }
  const people = recurring(settings.customerSeconds, random, clock, () => {
    customer = settings.households[Math.floor(random.float() * settings.households.length)]
    if (customer !== undefined) ask(customer)
  })
  const core: DeviceCore = createDeviceCore({
    world: deps.world, settings, capabilities: ['cash', 'pos', 'qr'],
    hooks: {
      connected: () => taking.sender.connected(), disconnected: () => taking.sender.disconnected(), received, doors: () => [], pendingEvents: () => memory.pending().length,
      rebooted() {
        customer = undefined
        codes.forget()
      },
    },
  })
  return {
    ask, checkCode, take: taking.take,
    askCode: (householdNo, billId, channel) => core.client.send('codeQuestion', { v: 1, requestId: ids.uuid(), householdNo, billId, channel }),
    start() {
      core.start()
      people.start()
    },
    async stop() {
      people.stop()
      taking.sender.disconnected()
      await core.stop()
    },
    reboot: () => core.reboot(),
    drop: () => core.client.drop(),
    fault: (name, isWrong) => core.health.set(name, isWrong),
    report: () => ({
      kind: 'till', deviceId: settings.address.deviceId, firmware: core.firmware(), connects: core.connects(), reboots: core.reboots(), ...counts.report(),
      pending: memory.pending().length, refused: memory.refusals(), notices: { ...core.notices() },
    }),
  }
}
