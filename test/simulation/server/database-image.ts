import { rmSync } from 'node:fs'
import { type SqlFile, openSqlFile } from '../disk/sql-file.js'

/** Puts the server's database back to what it was, without opening it anew. */
export interface DatabaseImage {
  /** No transaction may be open. */
  restore(): void
  /** What is committed now. */
  all<Row>(sql: string, params?: readonly (string | number)[]): Row[]
  close(): void
}

/** Takes the image now. @param path the database's file, which others may have open */
export function takeDatabaseImage(path: string): DatabaseImage {
  const imagePath = `${path}.image`
  rmSync(imagePath, { force: true })
  const file: SqlFile = openSqlFile(path)
  file.exec(`VACUUM INTO '${imagePath.replaceAll("'", "''")}'`)
  file.exec(`ATTACH '${imagePath.replaceAll("'", "''")}' AS image`)
  file.exec('PRAGMA foreign_keys = OFF')
  const tables = file.all<{ name: string }>(`SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_prisma%' ESCAPE '\\'`)
  const names = tables.map(({ name }) => name)
  const inUse = (schema: string): string => names.map((name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM ${schema}."${name}")`).join(' UNION ALL ')
  const taken = new Set(file.all<{ name: string }>(inUse('image')).map(({ name }) => name))
  const inUseNow = inUse('main')
  const reset = (name: string): string => `DELETE FROM main."${name}";${taken.has(name) ? ` INSERT INTO main."${name}" SELECT * FROM image."${name}";` : ''}`
  const counters = file.all(`SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'`).length > 0
    ? 'DELETE FROM main.sqlite_sequence; INSERT INTO main.sqlite_sequence SELECT * FROM image.sqlite_sequence;' : ''
  return {
    restore() {
      const script = file.all<{ name: string }>(inUseNow).map(({ name }) => reset(name)).join('\n')
      file.exec(`BEGIN IMMEDIATE;\n${script}\n${counters}\nCOMMIT`)
    },
    all: (sql, params) => file.all(sql, params),
    close: () => file.close(),
  }
}
