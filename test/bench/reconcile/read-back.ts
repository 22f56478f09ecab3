import Libsql from 'libsql'

/** Another process: what stands in the database, by class. */
const db = new Libsql((process.argv[2] ?? '').slice('file:'.length))
const rows = db.prepare('SELECT "classCode", "reference", "ours", "state" FROM "ReconCase" ORDER BY "classCode", "reference"').all() as
  Array<{ classCode: string; reference: string; ours: string | null; state: string }>
const classes: Record<string, string[]> = {}
for (const { classCode, reference } of rows) (classes[classCode] ??= []).push(reference)
const [stored] = db.prepare('SELECT (SELECT count(*) FROM "ReconRow") AS "rows", (SELECT state FROM "ReconBatch") AS "state"').all() as [{ rows: number; state: string }]
db.close()
process.stdout.write(`${JSON.stringify({ classes, ...stored })}\n`)
