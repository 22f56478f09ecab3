import type { Database, Tx } from '../../../server/db/transaction.js'
import type { Life } from '../engine/life.js'
import { type RealWork, holdTime } from '../engine/timeline.js'

/** Thrown into what a dead server was about to do: its transaction is undone, as SQLite undoes it at the next start. */
class Died extends Error {}

type Operation = (...args: unknown[]) => Promise<unknown>

/** Every question passes `ask`; models are objects of operations, raw questions operations of the client. */
function throughGate(tx: Tx, ask: (operation: () => Promise<unknown>) => Promise<unknown>): Tx {
  const models = new Map<PropertyKey, object>()
  const through = (target: object, operation: Operation): Operation => (...args) => ask(() => operation.apply(target, args))
  const modelOf = (key: PropertyKey, model: object): object => {
    const known = models.get(key)
    if (known !== undefined) return known
    const gate = new Proxy(model, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? through(target, value as Operation) : value
      },
    })
    models.set(key, gate)
    return gate
  }
  return new Proxy(tx, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value === 'function') return through(target, value as Operation)
      return typeof value === 'object' && value !== null && typeof key === 'string' && !key.startsWith('_') ? modelOf(key, value) : value
    },
  }) as Tx
}

/** The database as one life of the server sees it: the life may end before and after every question, and every commit. */
export function gateDatabase(db: Database, life: Life, work: RealWork, asked: { times: number }): Database {
  const counted = async <T>(run: () => Promise<T>): Promise<T> => {
    const done = holdTime(work)
    try {
      return await run()
    } finally {
      done()
    }
  }
  const read = throughGate(db.read, async (operation) => {
    if (!life.step()) return life.never
    asked.times += 1
    const value = await counted(operation)
    return life.step() ? value : life.never
  })
  const inside = async (operation: () => Promise<unknown>): Promise<unknown> => {
    if (!life.step()) throw new Died()
    asked.times += 1
    const value = await operation()
    if (!life.step()) throw new Died()
    return value
  }
  return {
    read,
    async transact(run) {
      if (!life.step()) return life.never
      try {
        const value = await counted(() => db.transact((tx) => run(throughGate(tx, inside))))
        return life.step() ? value : await life.never
      } catch (error) {
        if (!life.isAlive()) return life.never
        throw error
      }
    },
    waitingWrites: db.waitingWrites,
    ping: db.ping,
    close: async () => undefined,
  }
}
