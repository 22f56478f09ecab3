import { createExclusive } from '#kernel/exclusive.js'
import { gatewayError } from '../errors.js'
import type { StoreTx } from './types.js'

/**
 * Hands `work` the operations of one transaction: they run one after another whatever the work awaits, all of them
 * are waited for, and none can be used once the work has ended.
 */
export async function runWork<T>(operations: StoreTx, work: (tx: StoreTx) => Promise<T>): Promise<T> {
  const inTurn = createExclusive()
  const started: Array<Promise<unknown>> = []
  let over = false

  const guarded = (operation: (...args: never[]) => Promise<unknown>) => (...args: never[]): Promise<unknown> => {
    if (over) return Promise.reject(gatewayError('GW_STORE_TX_OVER'))
    const running = inTurn(() => operation(...args))
    // Whoever forgot to await it must not crash the process: the failure is raised below instead.
    running.catch(() => undefined)
    started.push(running)
    return running
  }
  // The same names with the same arguments and results: only when each runs is decided here.
  const tx = Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, guarded(operation)])) as unknown as StoreTx
  try {
    const value = await work(tx)
    over = true
    await Promise.all(started)
    return value
  } finally {
    over = true
    await Promise.allSettled(started)
  }
}
