import { PrismaLibSql } from '@prisma/adapter-libsql'

type Client = ReturnType<PrismaLibSql['createClient']>
type Transaction = Awaited<ReturnType<Client['transaction']>>

/**
 * Keeps the one connection for transactions too. The client itself gives each transaction its connection and opens a
 * new one afterwards, on which every pragma is back to its default and the old file handle stays until it is
 * collected. The adapter lets nothing else through while a transaction is open, so sharing is safe.
 */
function onOneConnection(client: Client): Client {
  const begin = async (): Promise<Transaction> => {
    // IMMEDIATE takes the write lock now, not half way through the work.
    await client.execute('BEGIN IMMEDIATE')
    let closed = false
    const rollback = async (): Promise<void> => {
      if (closed) return
      closed = true
      await client.execute('ROLLBACK')
    }
    const commit = async (): Promise<void> => {
      try {
        await client.execute('COMMIT')
        closed = true
      } catch (error) {
        await rollback()
        throw error
      }
    }
    return {
      execute: (statement: Parameters<Client['execute']>[0]) => client.execute(statement),
      batch: () => Promise.reject(new Error('not used by the adapter')),
      executeMultiple: (sql) => client.executeMultiple(sql),
      commit,
      rollback,
      close: () => void rollback(),
      get closed() {
        return closed
      },
    }
  }
  return new Proxy(client, {
    get(target, key) {
      if (key === 'transaction') return begin
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Prisma's libsql adapter on one connection that lives as long as the client. */
export class OneConnectionLibSql extends PrismaLibSql {
  override createClient(config: Parameters<PrismaLibSql['createClient']>[0]): Client {
    return onOneConnection(super.createClient(config))
  }
}
