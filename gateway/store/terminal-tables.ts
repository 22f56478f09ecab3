import type { RecordCount } from '../device/oem/record-number-rules.js'
import type { TerminalCredential, TerminalPersonRow, TerminalPhoto, TerminalReads, TerminalRow, TerminalTx } from '../device/oem/ports.js'
import { gatewayError } from '../errors.js'
import type { Sealer } from './seal.js'
import type { SqlConnection } from './sqlite.js'

/** Face terminals of other makers: who they are, whom they hold, and the photos that wait for them. */
export const TERMINAL_MIGRATION = `
  CREATE TABLE terminal (
    terminal_id TEXT PRIMARY KEY,
    credential TEXT NOT NULL CHECK (json_valid(credential)),
    revoked_at_ms INTEGER,
    records TEXT NOT NULL CHECK (json_valid(records))
  ) STRICT;
  CREATE TABLE terminal_person (
    terminal_id TEXT NOT NULL REFERENCES terminal (terminal_id),
    person_ref TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('wanted', 'held', 'failed', 'deleting')),
    placed INTEGER NOT NULL CHECK (placed IN (0, 1)),
    photo_at_ms INTEGER NOT NULL,
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    valid_from_ms INTEGER NOT NULL,
    valid_until_ms INTEGER NOT NULL,
    error_code INTEGER,
    tries INTEGER NOT NULL,
    next_try_at_ms INTEGER,
    PRIMARY KEY (terminal_id, person_ref)
  ) STRICT, WITHOUT ROWID;
  -- A photo never outlives the consent that it was given under, nor is it ever here without one.
  CREATE TABLE terminal_photo (
    person_ref TEXT PRIMARY KEY,
    consent_id TEXT NOT NULL,
    photo_at_ms INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    FOREIGN KEY (consent_id, person_ref) REFERENCES consent (consent_id, person_ref) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX terminal_photo_consent ON terminal_photo (consent_id);
`

const PERSON_COLUMNS = `terminal_id AS terminalId, person_ref AS personRef, consent_id AS consentId, state, placed, photo_at_ms AS photoAtMs, confirmed,
  valid_from_ms AS validFromMs, valid_until_ms AS validUntilMs, error_code AS errorCode, tries, next_try_at_ms AS nextTryAtMs`
const PHOTO_COLUMNS = 'person_ref AS personRef, consent_id AS consentId, photo_at_ms AS photoAtMs'

/** Binds a sealed photo to its row: copied to another person or consent it does not open. */
const placeOf = ({ personRef, consentId, photoAtMs }: TerminalPhoto): string => `terminal-photo.v1\n${personRef}\n${consentId}\n${photoAtMs}`

/** `erased` is told when a photo went, so that its pages can be cleaned. */
export function createTerminalWrites(deps: { connection: SqlConnection; sealer: Sealer; erased: () => void }): TerminalTx {
  const { connection, sealer, erased } = deps
  const deleteTerminalPhoto = async (personRef: string): Promise<boolean> => {
    const removed = await connection.run('DELETE FROM terminal_photo WHERE person_ref = ?', [personRef])
    if (removed > 0) erased()
    return removed > 0
  }
  return {
    async saveTerminal({ terminalId, credential, revokedAtMs, records }) {
      await connection.run(`INSERT INTO terminal (terminal_id, credential, revoked_at_ms, records) VALUES (?, ?, ?, ?)
        ON CONFLICT (terminal_id) DO UPDATE SET credential = excluded.credential, revoked_at_ms = excluded.revoked_at_ms`,
      [terminalId, JSON.stringify(credential), revokedAtMs, JSON.stringify(records)])
    },
    saveTerminalRecords: async (terminalId, records) =>
      void (await connection.run('UPDATE terminal SET records = ? WHERE terminal_id = ?', [JSON.stringify(records), terminalId])),
    async putTerminalPerson(row) {
      await connection.run(`INSERT INTO terminal_person
        (terminal_id, person_ref, consent_id, state, placed, photo_at_ms, confirmed, valid_from_ms, valid_until_ms, error_code, tries, next_try_at_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (terminal_id, person_ref) DO UPDATE SET consent_id = excluded.consent_id, state = excluded.state, placed = excluded.placed,
          photo_at_ms = excluded.photo_at_ms, confirmed = excluded.confirmed, valid_from_ms = excluded.valid_from_ms, valid_until_ms = excluded.valid_until_ms,
          error_code = excluded.error_code, tries = excluded.tries, next_try_at_ms = excluded.next_try_at_ms`,
      [row.terminalId, row.personRef, row.consentId, row.state, row.placed ? 1 : 0, row.photoAtMs, row.confirmed ? 1 : 0, row.validFromMs, row.validUntilMs,
        row.errorCode, row.tries, row.nextTryAtMs])
    },
    dropTerminalPerson: async (terminalId, personRef) =>
      void (await connection.run('DELETE FROM terminal_person WHERE terminal_id = ? AND person_ref = ?', [terminalId, personRef])),
    deleteTerminalPhoto,
    async putTerminalPhoto(photo, jpeg) {
      const { personRef, consentId, photoAtMs } = photo
      const consents = await connection.all('SELECT 1 FROM consent WHERE consent_id = ? AND person_ref = ?', [consentId, personRef])
      if (consents.length === 0) throw gatewayError('GW_STORE_NO_CONSENT', { personRef, consentId })
      await deleteTerminalPhoto(personRef)
      await connection.run('INSERT INTO terminal_photo (person_ref, consent_id, photo_at_ms, sealed) VALUES (?, ?, ?, ?)',
        [personRef, consentId, photoAtMs, sealer.seal(placeOf(photo), jpeg)])
    },
  }
}

type TerminalTextRow = Omit<TerminalRow, 'credential' | 'records'> & { credential: string; records: string }

/** Reads of a connection that sees committed rows. */
export const terminalReads = (connection: SqlConnection, sealer: Sealer): TerminalReads => ({
  async terminals() {
    const rows = await connection.all<TerminalTextRow>(
      'SELECT terminal_id AS terminalId, credential, revoked_at_ms AS revokedAtMs, records FROM terminal ORDER BY terminal_id')
    return rows.map((row) => ({
      ...row, credential: JSON.parse(row.credential) as TerminalCredential, records: JSON.parse(row.records) as RecordCount,
    }))
  },
  async terminalPersons() {
    const rows = await connection.all<Omit<TerminalPersonRow, 'placed' | 'confirmed'> & { placed: number; confirmed: number }>(
      `SELECT ${PERSON_COLUMNS} FROM terminal_person ORDER BY terminal_id, person_ref`)
    return rows.map((row) => ({ ...row, placed: row.placed === 1, confirmed: row.confirmed === 1 }))
  },
  terminalPhotos: () => connection.all<TerminalPhoto>(`SELECT ${PHOTO_COLUMNS} FROM terminal_photo ORDER BY person_ref`),
  async terminalPhoto(personRef) {
    const [row] = await connection.all<TerminalPhoto & { sealed: Buffer }>(
      `SELECT ${PHOTO_COLUMNS}, sealed FROM terminal_photo WHERE person_ref = ?`, [personRef])
    return row === undefined ? undefined : sealer.open(placeOf(row), row.sealed)
  },
})
