import Libsql from 'libsql'

/** Another process: what stands in the database, by leg and class. */
const db = new Libsql((process.argv[2] ?? '').slice('file:'.length))
const cases = db.prepare('SELECT "leg", "classCode", "reference" FROM "ReconCase" WHERE "state" <> \'cleared\' ORDER BY "leg", "classCode", "reference"').all() as
  Array<{ leg: 1 | 2; classCode: string; reference: string }>
const legs: Record<1 | 2, Record<string, string[]>> = { 1: {}, 2: {} }
for (const { leg, classCode, reference } of cases) (legs[leg][classCode] ??= []).push(reference)
const [stored] = db.prepare('SELECT (SELECT count(*) FROM "ReconRow") AS "rows", (SELECT sum(1 + "feeRows") FROM "ReconFundRow") AS "fundRows"').all() as [{ rows: number; fundRows: number }]
const states = db.prepare('SELECT DISTINCT "state" FROM "ReconBatch"').all() as Array<{ state: string }>
db.close()
process.stdout.write(`${JSON.stringify({ legs, ...stored, states: states.map(({ state }) => state) })}\n`)
