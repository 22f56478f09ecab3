import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../server/package-root.js'
import { modelSource } from '../server/support/model-source.js'
import { tempDatabase, tempFolder } from '../server/support/temp-database.js'

const PRISMA = join(packageRoot(), 'prisma')
const COLUMN_TYPES: Readonly<Record<string, string>> = { String: 'TEXT', Int: 'INTEGER', BigInt: 'BIGINT', Float: 'REAL', Boolean: 'BOOLEAN' }

/** Columns of each model as `name TYPE` or `name TYPE?`, relations left out. */
function modelsOf(source: string): Map<string, string[]> {
  const models = new Map<string, string[]>()
  for (const [, name, body] of source.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const fields = [...(body as string).matchAll(/^ {2}(\w+) +(\w+)(\?)?(?= |$)/gm)].filter((field) => COLUMN_TYPES[field[2] as string] !== undefined)
    models.set(name as string, fields.map(([, field, type, optional]) => `${field} ${COLUMN_TYPES[type as string]}${optional ?? ''}`).sort())
  }
  return models
}

describe('schema', () => {
  it('is the same in the models and in a migrated database', async () => {
    const db = await tempDatabase()
    const models = modelsOf(await modelSource())
    expect(models.size).toBeGreaterThan(15)
    for (const [model, columns] of models) {
      const info = await db.read.$queryRawUnsafe<Array<{ name: string; type: string; notnull: bigint }>>(`SELECT name, type, "notnull" FROM pragma_table_info('${model}')`)
      expect(info.map((column) => `${column.name} ${column.type}${Number(column.notnull) === 1 ? '' : '?'}`).sort(), model).toEqual(columns)
    }
  })

  it('stays in what both databases know', async () => {
    const source = await modelSource()
    expect(source.replace(/\/\/.*$/gm, '')).not.toMatch(/@db\.|mode:|(String|Int|BigInt|Float|Boolean)\[\]|\benum\b|\bJson\b/)
  })
})

describe('render', () => {
  it('puts each dialect header before the models, and leaves a file alone that is right', async () => {
    const folder = await tempFolder()
    await cp(join(PRISMA, 'render.mjs'), join(folder, 'render.mjs'))
    await writeFile(join(folder, 'models.prisma'), 'model A {}\n')
    await mkdir(join(folder, 'sqlite'))
    await writeFile(join(folder, 'sqlite/header.prisma'), '// head\n')
    await mkdir(join(folder, 'notes'))
    const render = (): Buffer => execFileSync(process.execPath, [join(folder, 'render.mjs')])
    render()
    const schema = join(folder, 'sqlite/schema.prisma')
    expect((await readFile(schema, 'utf8')).split('\n').slice(1)).toEqual(['// head', '', 'model A {}', ''])
    const before = await stat(schema, { bigint: true })
    render()
    expect((await stat(schema, { bigint: true })).mtimeNs).toBe(before.mtimeNs)
    await writeFile(join(folder, 'models.prisma'), 'model B {}\n')
    render()
    expect(await readFile(schema, 'utf8')).toContain('model B {}')
    await mkdir(join(folder, 'models'))
    await writeFile(join(folder, 'models/rent.prisma'), 'model D {}\n')
    await writeFile(join(folder, 'models/alarm.prisma'), 'model C {}\n')
    render()
    expect((await readFile(schema, 'utf8')).match(/model \w/g)).toEqual(['model B', 'model C', 'model D'])
  })
})
