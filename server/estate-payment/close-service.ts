import type { Tx } from '../db/transaction.js'
import { addDays, endOfDayMs, startOfDayMs } from '../household/civil-date-rules.js'
import { paidOrders } from '../payment/payment-register.js'
import { type CloseDifference, type DayFacts, type WaySum, differencesOf, gatewaySums, serverSums } from './close-rules.js'
import * as rows from './estate-payment-repository.js'

/** A day at an estate's tills, counted at both ends. */
export interface ComparedDay {
  readonly estateId: string
  readonly bizDate: string
  /** When the gateway counted, by its clock; null where it did not. */
  readonly countedAtMs: number | null
  readonly gateway: WaySum[]
  readonly server: WaySum[]
  /** True where count and sum are the same by every way, and nothing is missing. */
  readonly equal: boolean
  readonly differences: CloseDifference[]
}

/** Differences that are named; a day with more has another problem than each of them. */
const DIFFERENCES_MAX = 200
/** An order is open for a quarter of an hour: it is paid on the day that its code was shown, or on the next. */
const ORDER_DAYS = 1

async function factsOf(read: Tx, estateId: string, bizDate: string): Promise<DayFacts> {
  const shown = await rows.tillOrdersWithin(read, estateId, startOfDayMs(addDays(bizDate, -ORDER_DAYS)), endOfDayMs(bizDate))
  const closes = await rows.closesOfDay(read, estateId, bizDate)
  const numbers = new Map<string, Set<number>>()
  for (const { deviceId, first, last } of closes.flatMap((close) => close.tills)) {
    const there = numbers.get(deviceId) ?? new Set()
    for (const number of await rows.numbersOfTill(read, estateId, deviceId, first, last)) there.add(number)
    numbers.set(deviceId, there)
  }
  return { closes, numbers, payments: await rows.paymentsOfDay(read, estateId, bizDate), orders: (await paidOrders(read, shown)).filter((order) => order.bizDate === bizDate) }
}

/** How one day stands. */
export async function compareDay(read: Tx, estateId: string, bizDate: string): Promise<ComparedDay> {
  const facts = await factsOf(read, estateId, bizDate)
  const differences = differencesOf(facts)
  return {
    estateId, bizDate, countedAtMs: facts.closes.length === 0 ? null : Math.max(...facts.closes.map((close) => close.closedAtMs)),
    gateway: gatewaySums(facts), server: serverSums(facts), equal: differences.length === 0, differences: differences.slice(0, DIFFERENCES_MAX),
  }
}

/**
 * True where the two ends do not count the same on a day: the books of that day do not close over it. An estate is asked about from
 * the first day on that its tills told anything; one without tills never is.
 */
export async function tillsDiffer(read: Tx, estateId: string, bizDate: string): Promise<boolean> {
  const first = await rows.firstDay(read, estateId)
  return first !== null && first <= bizDate && !(await compareDay(read, estateId, bizDate)).equal
}

export interface CloseService {
  /** Days of an estate on which something came in or was counted, the newest first. */
  days(estateId: string, fromDate: string, untilDate: string): Promise<ComparedDay[]>
}

export const createCloseService = ({ read }: { read: Tx }): CloseService => ({
  async days(estateId, fromDate, untilDate) {
    const compared: ComparedDay[] = []
    for (const day of await rows.daysOfEstate(read, estateId, fromDate, untilDate)) compared.push(await compareDay(read, estateId, day))
    return compared
  },
})
