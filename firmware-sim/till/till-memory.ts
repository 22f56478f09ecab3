import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { PaymentTakenV1 } from '#contract/till-messages.js'

/** The till's flash: money that it took and nobody has confirmed yet, and the highest number that it printed. */
export interface TillMemory {
  /** Writes it before it returns. */
  keep(payment: PaymentTakenV1): void
  /** The gateway has it, under this number. @returns false where it was not waited for any more */
  confirmed(paymentId: string, number: number): boolean
  /** The gateway does not take it: it stays, for somebody to look at, and is not sent again. */
  refused(paymentId: string): boolean
  /** A number was printed for a payment by phone. */
  printed(number: number): void
  /** Not confirmed, the oldest first. */
  pending(): readonly PaymentTakenV1[]
  lastNumber(): number
  refusals(): number
}

interface Content {
  lastNumber: number
  pending: PaymentTakenV1[]
  refused: PaymentTakenV1[]
}

/** It outlives the process, not a power cut of the machine that simulates it (no fsync). */
export function createTillMemory(path: string): TillMemory {
  const held: Content = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) as Content : { lastNumber: 0, pending: [], refused: [] }
  const write = (): void => {
    writeFileSync(`${path}.new`, JSON.stringify(held), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const takeOut = (paymentId: string): PaymentTakenV1 | undefined => {
    const found = held.pending.find((payment) => payment.paymentId === paymentId)
    held.pending = held.pending.filter((payment) => payment !== found)
    return found
  }
  const print = (number: number): void => {
    held.lastNumber = Math.max(held.lastNumber, number)
    write()
  }
  return {
    keep(payment) {
      held.pending.push(payment)
      write()
    },
    confirmed(paymentId, number) {
      if (takeOut(paymentId) === undefined) return false
      print(number)
      return true
    },
    refused(paymentId) {
      const payment = takeOut(paymentId)
      if (payment === undefined) return false
      held.refused.push(payment)
      write()
      return true
    },
    printed: print,
    pending: () => held.pending,
    lastNumber: () => held.lastNumber,
    refusals: () => held.refused.length,
  }
}
