import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import Libsql from 'libsql'
import { DATE, MERCHANT } from './bill-text.js'

/** The plain way, in a process of its own: the file's lines split and put into a table, then one full outer join with our orders. No check of the file, no refunds' states, nothing stored. */
const [databaseFile = '', billFile = '', scratchFile = ''] = process.argv.slice(2)
const since = performance.now()
const db = new Libsql(scratchFile)
db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ATTACH '${databaseFile}' AS own;
  CREATE TABLE bill (number TEXT, transactionId TEXT, kind TEXT, fen INTEGER, fee INTEGER, refundNo TEXT);
  CREATE TABLE ours (number TEXT PRIMARY KEY, transactionId TEXT, state TEXT, fen INTEGER) WITHOUT ROWID`)
const insert = db.prepare(`INSERT INTO bill VALUES ${Array.from({ length: 100 }, () => '(?,?,?,?,?,?)').join(',')}`)
const single = db.prepare('INSERT INTO bill VALUES (?,?,?,?,?,?)')
const fenOf = (text: string | undefined): number => Math.round(Number(text) * 100)
let waiting: unknown[] = []
db.exec('BEGIN')
for await (const line of createInterface({ input: createReadStream(billFile), crlfDelay: Infinity })) {
  if (!line.startsWith('`20')) continue
  const cells = line.slice(1).split(',`')
  // A join over all kinds would be another one: it is over payments alone.
  if (cells[9] === 'REFUND') continue
  waiting.push(cells[6], cells[5], 'payment', fenOf(cells[12]), fenOf(cells[22]), null)
  if (waiting.length === 600) {
    insert.run(waiting)
    waiting = []
  }
}
for (let at = 0; at < waiting.length; at += 6) single.run(waiting.slice(at, at + 6))
db.exec('COMMIT')
const loadedMs = performance.now() - since
db.exec(`INSERT INTO ours SELECT "outTradeNo", "transactionId", "state", "totalFen" FROM own."PayOrder"
  WHERE "channel" = 'wechat' AND "merchantId" = '${MERCHANT}' AND ("bizDate" = '${DATE}' OR "bizDate" IS NULL) ORDER BY "outTradeNo"`)
const classes = db.prepare(
  `SELECT CASE WHEN o.number IS NULL THEN 'only at the channel' WHEN b.number IS NULL THEN 'only with us' WHEN b.fen <> o.fen THEN 'other amount'
  WHEN o.state <> 'paid' THEN 'other state' ELSE 'same' END AS class, count(*) AS n
  FROM bill b FULL OUTER JOIN ours o ON o.number = b.number GROUP BY 1 ORDER BY 1`).all() as Array<{ class: string; n: number }>
const totalMs = performance.now() - since
const { user, system } = process.cpuUsage()
db.close()
process.stdout.write(`${JSON.stringify({ totalMs, loadedMs, cpuMs: (user + system) / 1_000, rssMiB: process.resourceUsage().maxRSS / 1_024, classes: Object.fromEntries(classes.map((row) => [row.class, row.n])) })}\n`)
