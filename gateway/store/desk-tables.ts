import type { DeskHold, DeskNoteRow, DeskReads, DeskSessionRow, DeskTx, LogPlace, OperatorRow } from '../desk/ports.js'
import { gatewayError } from '../errors.js'
import { type SqlConnection, sqliteCode } from './sqlite.js'
import type { StoredRecord } from './types.js'

export const DESK_MIGRATION = `
  -- Who works at the desk. Records know the reference alone: name, login and password can be erased, the row stays.
  CREATE TABLE operator (
    operator_ref TEXT PRIMARY KEY,
    login_name TEXT UNIQUE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('guard', 'manager')),
    password_hash TEXT,
    created_at_ms INTEGER NOT NULL,
    disabled_at_ms INTEGER
  ) STRICT;
  CREATE TABLE desk_session (
    token_hash TEXT PRIMARY KEY,
    operator_ref TEXT NOT NULL REFERENCES operator (operator_ref),
    created_at_ms INTEGER NOT NULL,
    last_seen_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE desk_note (
    note_id TEXT PRIMARY KEY,
    operator_ref TEXT NOT NULL REFERENCES operator (operator_ref),
    written_at_ms INTEGER NOT NULL,
    passage_id TEXT,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX desk_note_written ON desk_note (written_at_ms);
  -- Agreed here and not yet named by the server: a snapshot that leaves it out does not end it.
  CREATE TABLE desk_hold (
    kind TEXT NOT NULL CHECK (kind IN ('consent', 'visit', 'credential')),
    item_id TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, item_id)
  ) STRICT, WITHOUT ROWID;
  `

const OPERATOR_COLUMNS = `operator_ref AS operatorRef, login_name AS loginName, display_name AS displayName, role,
  password_hash AS passwordHash, created_at_ms AS createdAtMs, disabled_at_ms AS disabledAtMs`

const NOTES = 'SELECT note_id AS noteId, operator_ref AS operatorRef, written_at_ms AS writtenAtMs, passage_id AS passageId, text FROM desk_note'
const NEWEST_NOTES = 'ORDER BY written_at_ms DESC, note_id DESC LIMIT ?'

/** The desk's part of a transaction. */
export function createDeskWrites(connection: SqlConnection): DeskTx {
  const { run } = connection
  return {
    async putOperator({ operatorRef, loginName, displayName, role, passwordHash, createdAtMs, disabledAtMs }) {
      try {
        await run(`INSERT INTO operator (operator_ref, login_name, display_name, role, password_hash, created_at_ms, disabled_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (operator_ref) DO UPDATE SET login_name = excluded.login_name, display_name = excluded.display_name, role = excluded.role,
            password_hash = excluded.password_hash, disabled_at_ms = excluded.disabled_at_ms`,
        [operatorRef, loginName, displayName, role, passwordHash, createdAtMs, disabledAtMs])
      } catch (error) {
        throw sqliteCode(error) === 'SQLITE_CONSTRAINT' ? gatewayError('GW_DESK_LOGIN_NAME_TAKEN', { field: 'loginName' }, error) : error
      }
    },
    putDeskSession: async ({ tokenHash, operatorRef, createdAtMs, lastSeenAtMs, expiresAtMs }) => void (await run(
      'INSERT INTO desk_session (token_hash, operator_ref, created_at_ms, last_seen_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?)',
      [tokenHash, operatorRef, createdAtMs, lastSeenAtMs, expiresAtMs])),
    touchDeskSession: async (tokenHash, atMs) =>
      void (await run('UPDATE desk_session SET last_seen_at_ms = ? WHERE token_hash = ?', [atMs, tokenHash])),
    async endDeskSessions(which) {
      if ('tokenHash' in which) await run('DELETE FROM desk_session WHERE token_hash = ?', [which.tokenHash])
      else await run('DELETE FROM desk_session WHERE operator_ref = ?', [which.operatorRef])
    },
    putDeskNote: async ({ noteId, operatorRef, writtenAtMs, passageId, text }) => void (await run(
      'INSERT INTO desk_note (note_id, operator_ref, written_at_ms, passage_id, text) VALUES (?, ?, ?, ?, ?)',
      [noteId, operatorRef, writtenAtMs, passageId, text])),
    putDeskHold: async ({ kind, itemId, untilMs }) => void (await run(
      `INSERT INTO desk_hold (kind, item_id, until_ms) VALUES (?, ?, ?) ON CONFLICT (kind, item_id) DO UPDATE SET until_ms = excluded.until_ms`,
      [kind, itemId, untilMs])),
    dropDeskHold: async (kind, itemId) => void (await run('DELETE FROM desk_hold WHERE kind = ? AND item_id = ?', [kind, itemId])),
    async pruneDesk(atMs) {
      await run('DELETE FROM desk_note WHERE written_at_ms < ?', [atMs])
      await run('DELETE FROM desk_session WHERE expires_at_ms < ?', [atMs])
    },
  }
}

type SessionRow = DeskSessionRow & Omit<OperatorRow, 'operatorRef' | 'createdAtMs'> & { readonly operatorCreatedAtMs: number }

async function readSession(connection: SqlConnection, tokenHash: string): ReturnType<DeskReads['deskSession']> {
  const [row] = await connection.all<SessionRow>(
    `SELECT s.token_hash AS tokenHash, s.operator_ref AS operatorRef, s.created_at_ms AS createdAtMs, s.last_seen_at_ms AS lastSeenAtMs,
      s.expires_at_ms AS expiresAtMs, o.login_name AS loginName, o.display_name AS displayName, o.role, o.password_hash AS passwordHash,
      o.created_at_ms AS operatorCreatedAtMs, o.disabled_at_ms AS disabledAtMs
      FROM desk_session s JOIN operator o USING (operator_ref) WHERE s.token_hash = ?`, [tokenHash])
  if (row === undefined) return undefined
  const { operatorRef, createdAtMs, lastSeenAtMs, expiresAtMs, loginName, displayName, role, passwordHash, operatorCreatedAtMs, disabledAtMs } = row
  return {
    session: { tokenHash, operatorRef, createdAtMs, lastSeenAtMs, expiresAtMs },
    operator: { operatorRef, loginName, displayName, role, passwordHash, createdAtMs: operatorCreatedAtMs, disabledAtMs },
  }
}

/** @param read runs a question on a connection that sees committed rows */
export const deskReads = (read: <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>): DeskReads => ({
  operators: () => read(({ all }) => all<OperatorRow>(`SELECT ${OPERATOR_COLUMNS} FROM operator ORDER BY login_name IS NULL, login_name`)),
  operatorByLogin: (loginName) => read(async ({ all }) => (await all<OperatorRow>(`SELECT ${OPERATOR_COLUMNS} FROM operator WHERE login_name = ?`, [loginName]))[0]),
  deskSession: (tokenHash) => read((connection) => readSession(connection, tokenHash)),
  deskNotes: (limit) => read(({ all }) => all<DeskNoteRow>(`${NOTES} WHERE passage_id IS NULL ${NEWEST_NOTES}`, [limit])),
  deskRemarks: (limit) => read(({ all }) => all<DeskNoteRow>(`${NOTES} WHERE passage_id IS NOT NULL ${NEWEST_NOTES}`, [limit])),
  deskHolds: () => read(({ all }) => all<DeskHold>('SELECT kind, item_id AS itemId, until_ms AS untilMs FROM desk_hold ORDER BY kind, item_id')),
  recordsBefore: ({ epoch, seq }: LogPlace, limit) => read(({ all }) => all<StoredRecord>(
    'SELECT epoch, seq, payload, hash FROM log_record WHERE (epoch, seq) < (?, ?) ORDER BY epoch DESC, seq DESC LIMIT ?', [epoch, seq, limit])),
})
