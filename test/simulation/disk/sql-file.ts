import Database from 'libsql'
import type { SqlConnection, SqlParams, SqlValue } from '../../../gateway/store/sqlite.js'

/** SQLite in the calling thread: what a statement does has happened when its call returns, so a run can be repeated exactly. */
export interface SqlFile {
  run(sql: string, params?: SqlParams): number
  all<Row>(sql: string, params?: SqlParams): Row[]
  exec(sql: string): void
  close(): void
}

type Statement = ReturnType<InstanceType<typeof Database>['prepare']>
type Cell = SqlValue | ArrayBuffer

const cellOf = (cell: Cell): SqlValue => (cell instanceof ArrayBuffer ? Buffer.from(cell) : cell)

function rowOf<Row>(row: Record<string, Cell>): Row {
  for (const [name, cell] of Object.entries(row)) row[name] = cellOf(cell)
  return row as Row
}

export function openSqlFile(path: string): SqlFile {
  const database = new Database(path)
  const prepared = new Map<string, Statement>()
  const statementOf = (sql: string): Statement => {
    let statement = prepared.get(sql)
    if (statement === undefined) prepared.set(sql, (statement = database.prepare(sql)))
    return statement
  }
  return {
    run: (sql, params = []) => statementOf(sql).run([...params]).changes,
    all: <Row>(sql: string, params: SqlParams = []) => (statementOf(sql).all([...params]) as Array<Record<string, Cell>>).map((row) => rowOf<Row>(row)),
    exec: (sql) => void database.exec(sql),
    close() {
      prepared.clear()
      database.close()
    },
  }
}

/** The port of the store, on such a file. @param guarded runs each effect, or never */
export const connectionOn = (file: SqlFile, guarded: <T>(sql: string, effect: () => T) => Promise<T>): SqlConnection => ({
  run: (sql, params) => guarded(sql, () => file.run(sql, params)),
  all: (sql, params) => guarded(sql, () => file.all(sql, params)),
  exec: (sql) => guarded(sql, () => file.exec(sql)),
  close: () => guarded('(close)', () => file.close()),
})
