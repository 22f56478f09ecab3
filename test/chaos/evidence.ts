import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import type { RecordBody } from '#contract/sync-records.js'
import { type Journal, readJournal } from './journals.js'

export interface LogRow {
  readonly epoch: number
  readonly seq: number
  readonly payload: string
  readonly hash: string
}

/** All that is left of a run, once its processes have ended. */
export interface Evidence {
  readonly gatewayId: string
  readonly log: readonly LogRow[]
  readonly epochs: ReadonlyArray<{ readonly epoch: number; readonly startHash: string; readonly ackedSeq: number }>
  /** Ids that devices gave their messages, as the gateway claimed them. */
  readonly claimed: ReadonlySet<string>
  readonly personsWithTemplates: ReadonlySet<string>
  readonly received: readonly LogRow[]
  /** Consents whose end the gateway has proven to the server. */
  readonly erasedConsents: ReadonlySet<string>
  readonly paidTwice: ReadonlyArray<{ readonly causeRef: string; readonly postings: number }>
  readonly journal: Journal
}

export const bodyOf = (row: LogRow): RecordBody => JSON.parse(row.payload) as RecordBody

/** All rows of several statements. */
function query(file: string, statements: readonly string[]): Promise<Array<Array<Record<string, unknown>>>> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, (opening) => {
      if (opening !== null) return reject(opening)
      const one = (sql: string) => new Promise<Array<Record<string, unknown>>>((done, fail) => database.all<Record<string, unknown>>(sql, (error, rows) => (error === null ? done(rows) : fail(error))))
      Promise.all(statements.map(one)).then((answers) => database.close(() => resolve(answers)), reject)
    })
  })
}

const LOG = 'SELECT epoch, seq, payload, hash FROM log_record ORDER BY epoch, seq'

/** The gateway's log alone. @param dir folder of the run; the gateway does not run */
export const readLog = async (dir: string): Promise<LogRow[]> => (await query(join(dir, 'gateway', 'gateway.db'), [LOG]))[0] as unknown as LogRow[]

/** @param dir folder of the run, nothing of which runs any more */
export async function readEvidence(dir: string, gatewayId: string): Promise<Evidence> {
  const [log, epochs, claims, templates] = await query(join(dir, 'gateway', 'gateway.db'), [
    LOG, 'SELECT epoch, start_hash AS startHash, acked_seq AS ackedSeq FROM log_epoch ORDER BY epoch',
    'SELECT event_id AS eventId FROM device_event', 'SELECT DISTINCT person_ref AS personRef FROM template',
  ]) as [unknown, unknown, Array<{ eventId: string }>, Array<{ personRef: string }>]
  const file = readdirSync(join(dir, 'server')).find((name) => name.endsWith('.db')) as string
  const [received, erased, paidTwice] = await query(join(dir, 'server', file), [
    'SELECT epoch, seq, payload, hash FROM GatewayRecord ORDER BY epoch, seq', 'SELECT consentId FROM TemplateHolding WHERE erasedAtMs IS NOT NULL',
    `SELECT causeRef, count(*) AS postings FROM LedgerJournal WHERE cause = 'paid' GROUP BY causeRef HAVING count(*) > 1`,
  ]) as [unknown, Array<{ consentId: string }>, unknown]
  return {
    gatewayId, log: log as LogRow[], epochs: epochs as Evidence['epochs'], claimed: new Set(claims.map(({ eventId }) => eventId)),
    personsWithTemplates: new Set(templates.map(({ personRef }) => personRef)), received: received as LogRow[],
    erasedConsents: new Set(erased.map(({ consentId }) => consentId)), paidTwice: paidTwice as Evidence['paidTwice'], journal: readJournal(dir),
  }
}
