import type { Clock } from '#kernel/clock.js'
import { gatewayError } from '../errors.js'
import { CARE_MIGRATION } from './care-tables.js'
import { DESK_MIGRATION } from './desk-tables.js'
import { FACE_WORKER_MIGRATION } from './device-tables.js'
import { PAYMENT_MIGRATION } from './payment-tables.js'
import { RULE_ROSTER_MIGRATION } from './rule-roster-tables.js'
import { RULE_MIGRATION, USED_CODE_MIGRATION } from './rule-tables.js'
import type { SqlConnection } from './sqlite.js'
import { TERMINAL_MIGRATION } from './terminal-tables.js'

/**
 * Applied in order, each in a transaction of its own; the number of those applied is the file's `user_version`.
 * One that has shipped is never changed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE migration (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE identity (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    gateway_id TEXT NOT NULL,
    estate_id TEXT NOT NULL,
    credential_sealed BLOB NOT NULL
  ) STRICT;

  -- The log, which is the outbox too: acked_seq is how far the server holds each epoch.
  CREATE TABLE log_epoch (
    epoch INTEGER PRIMARY KEY CHECK (epoch >= 1),
    start_hash TEXT NOT NULL CHECK (length(start_hash) = 64),
    acked_seq INTEGER NOT NULL DEFAULT 0 CHECK (acked_seq >= 0)
  ) STRICT;
  CREATE TABLE log_record (
    epoch INTEGER NOT NULL REFERENCES log_epoch (epoch),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    payload TEXT NOT NULL,
    hash TEXT NOT NULL CHECK (length(hash) = 64),
    PRIMARY KEY (epoch, seq)
  ) STRICT;
  CREATE TRIGGER log_epoch_follows BEFORE INSERT ON log_epoch
    WHEN NEW.acked_seq <> 0 OR NEW.epoch <= (SELECT max(epoch) FROM log_epoch)
    BEGIN SELECT RAISE(ABORT, 'log_epoch: epochs only grow'); END;
  CREATE TRIGGER log_epoch_fixed BEFORE UPDATE ON log_epoch
    WHEN NEW.epoch <> OLD.epoch OR NEW.start_hash <> OLD.start_hash OR NEW.acked_seq < OLD.acked_seq
      OR NEW.acked_seq > (SELECT coalesce(max(seq), 0) FROM log_record WHERE epoch = OLD.epoch)
    BEGIN SELECT RAISE(ABORT, 'log_epoch: append-only'); END;
  CREATE TRIGGER log_epoch_kept BEFORE DELETE ON log_epoch
    BEGIN SELECT RAISE(ABORT, 'log_epoch: append-only'); END;
  CREATE TRIGGER log_record_follows BEFORE INSERT ON log_record
    WHEN NEW.epoch <> (SELECT max(epoch) FROM log_epoch)
      OR NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM log_record WHERE epoch = NEW.epoch)
    BEGIN SELECT RAISE(ABORT, 'log_record: seq must be gapless in the newest epoch'); END;
  CREATE TRIGGER log_record_fixed BEFORE UPDATE ON log_record
    BEGIN SELECT RAISE(ABORT, 'log_record: append-only'); END;
  -- The last acknowledged record stays: the next upload starts from its hash, and seq goes on from it.
  CREATE TRIGGER log_record_kept BEFORE DELETE ON log_record
    WHEN OLD.seq >= (SELECT acked_seq FROM log_epoch WHERE epoch = OLD.epoch)
    BEGIN SELECT RAISE(ABORT, 'log_record: append-only until uploaded'); END;

  CREATE TABLE device (
    device_id TEXT PRIMARY KEY,
    device_kind TEXT NOT NULL CHECK (device_kind IN ('camera', 'controller')),
    certificate_fingerprint TEXT NOT NULL,
    revoked_at_ms INTEGER
  ) STRICT;
  CREATE TABLE device_event (
    device_id TEXT NOT NULL, event_id TEXT NOT NULL, claimed_at_ms INTEGER NOT NULL, PRIMARY KEY (device_id, event_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX device_event_claimed ON device_event (claimed_at_ms);
  CREATE TABLE command (
    command_id TEXT PRIMARY KEY,
    passage_id TEXT NOT NULL,
    gate_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('issued', 'executed', 'refused', 'no-answer', 'answered-late'))
  ) STRICT;
  CREATE INDEX command_open ON command (state) WHERE state = 'issued';
  CREATE INDEX command_issued ON command (issued_at_ms);

  CREATE TABLE person (person_ref TEXT PRIMARY KEY, display_name TEXT NOT NULL) STRICT;
  CREATE TABLE consent (
    consent_id TEXT PRIMARY KEY,
    person_ref TEXT NOT NULL,
    purpose TEXT NOT NULL,
    notice_version TEXT NOT NULL,
    guardian_ref TEXT,
    granted_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    UNIQUE (consent_id, person_ref)
  ) STRICT;
  CREATE TABLE permit (
    permit_id TEXT PRIMARY KEY,
    person_ref TEXT NOT NULL,
    gate_ids TEXT NOT NULL CHECK (json_valid(gate_ids)),
    valid_from_ms INTEGER NOT NULL,
    valid_until_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE gate (
    gate_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    camera_ids TEXT NOT NULL CHECK (json_valid(camera_ids)),
    controller_id TEXT NOT NULL,
    door_no INTEGER NOT NULL,
    release_ms INTEGER NOT NULL,
    face_free_ways TEXT NOT NULL CHECK (json_array_length(face_free_ways) >= 1)
  ) STRICT;

  -- No template without a consent of the same person: the consent cannot go before its templates.
  CREATE TABLE template (
    person_ref TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    consent_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person_ref, ordinal),
    FOREIGN KEY (consent_id, person_ref) REFERENCES consent (consent_id, person_ref)
  ) STRICT;
  CREATE INDEX template_consent ON template (consent_id);
  `,
  `
  -- Persons whose templates are hard to tell apart: a gate asks more of either. A pair ends with the templates of one of them.
  CREATE TABLE look_alike (
    person_ref TEXT NOT NULL,
    other_ref TEXT NOT NULL,
    score REAL NOT NULL,
    allowed_by TEXT,
    allowed_reason TEXT,
    allowed_at_ms INTEGER,
    PRIMARY KEY (person_ref, other_ref),
    CHECK (person_ref < other_ref),
    CHECK ((allowed_by IS NULL) = (allowed_reason IS NULL) AND (allowed_by IS NULL) = (allowed_at_ms IS NULL))
  ) STRICT;
  CREATE INDEX look_alike_other ON look_alike (other_ref);
  `,
  TERMINAL_MIGRATION,
  DESK_MIGRATION,
  CARE_MIGRATION,
  RULE_ROSTER_MIGRATION,
  RULE_MIGRATION,
  PAYMENT_MIGRATION,
  FACE_WORKER_MIGRATION,
  USED_CODE_MIGRATION,
]

/** Brings the file to the newest version. @throws GW_STORE_NEWER where it is ahead of this code */
export async function migrate(connection: SqlConnection, clock: Clock, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  const [row] = await connection.all<{ user_version: number }>('PRAGMA user_version')
  const version = row?.user_version ?? 0
  if (version > migrations.length) {
    throw gatewayError('GW_STORE_NEWER', { fileVersion: version, knownVersion: migrations.length })
  }
  for (const [index, sql] of migrations.slice(version).entries()) {
    const next = version + index + 1
    try {
      await connection.exec(`BEGIN IMMEDIATE; ${sql}
        INSERT INTO migration (version, applied_at_ms) VALUES (${next}, ${clock.wallMs()}); PRAGMA user_version = ${next}; COMMIT;`)
    } catch (error) {
      await connection.exec('ROLLBACK').catch(() => undefined)
      throw error
    }
  }
}
