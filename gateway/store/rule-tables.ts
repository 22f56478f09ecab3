import type { GateStateRow, PinLockRow, PresenceRow, RuleState, RuleTx, UsedCodeRow } from '../access/rule-ports.js'
import type { SqlConnection } from './sqlite.js'

/** What the access rules remember over a restart. */
export const RULE_MIGRATION = `
  CREATE TABLE presence (
    area_id TEXT NOT NULL, holder TEXT NOT NULL, direction TEXT NOT NULL CHECK (direction IN ('in', 'out')), at_ms INTEGER NOT NULL,
    PRIMARY KEY (area_id, holder)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX presence_at ON presence (at_ms);
  CREATE TABLE gate_state (
    gate_id TEXT PRIMARY KEY,
    operator_mode TEXT CHECK (operator_mode IN ('kept-open', 'kept-locked')),
    operator_ref TEXT,
    fire INTEGER NOT NULL CHECK (fire IN (0, 1)),
    told_mode TEXT NOT NULL CHECK (told_mode IN ('normal', 'kept-open', 'kept-locked')),
    first_in_at_ms INTEGER
  ) STRICT;
  CREATE TABLE pin_lock (
    key TEXT PRIMARY KEY, failures INTEGER NOT NULL, locks INTEGER NOT NULL, locked_until_ms INTEGER, updated_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pin_lock_updated ON pin_lock (updated_at_ms);
  CREATE TABLE visit_use (visit_id TEXT PRIMARY KEY, passages INTEGER NOT NULL CHECK (passages >= 0)) STRICT, WITHOUT ROWID;
  CREATE TABLE blocked_credential (credential_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`

/** A code that was used is not current again because the gateway was restarted. */
export const USED_CODE_MIGRATION = `
  CREATE TABLE used_code (key TEXT PRIMARY KEY, used_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX used_code_at ON used_code (used_at_ms);
`

/** Numbers that may be under watch; somebody who types through all of them pushes out the oldest, never the gateway's disk. */
const PIN_LOCKS_MAX = 10_000

/** Inside a transaction; every put replaces the row of the same key. */
export function createRuleWrites({ run }: SqlConnection): RuleTx {
  return {
    putPresence: async ({ areaId, holder, direction, atMs }) => void (await run(
      'INSERT OR REPLACE INTO presence (area_id, holder, direction, at_ms) VALUES (?, ?, ?, ?)', [areaId, holder, direction, atMs])),
    prunePresence: async (beforeMs) => void (await run('DELETE FROM presence WHERE at_ms < ?', [beforeMs])),
    putGateState: async ({ gateId, operatorMode, operatorRef, fire, toldMode, firstInAtMs }) => void (await run(
      'INSERT OR REPLACE INTO gate_state (gate_id, operator_mode, operator_ref, fire, told_mode, first_in_at_ms) VALUES (?, ?, ?, ?, ?, ?)',
      [gateId, operatorMode, operatorRef, fire ? 1 : 0, toldMode, firstInAtMs])),
    async putPinLock({ key, failures, locks, lockedUntilMs, updatedAtMs }) {
      await run('INSERT OR REPLACE INTO pin_lock (key, failures, locks, locked_until_ms, updated_at_ms) VALUES (?, ?, ?, ?, ?)',
        [key, failures, locks, lockedUntilMs, updatedAtMs])
      await run(`DELETE FROM pin_lock WHERE key IN (SELECT key FROM pin_lock ORDER BY updated_at_ms DESC LIMIT -1 OFFSET ${PIN_LOCKS_MAX})`)
    },
    deletePinLock: async (key) => void (await run('DELETE FROM pin_lock WHERE key = ?', [key])),
    countVisit: async (visitId, change) => void (await run(
      `INSERT INTO visit_use (visit_id, passages) VALUES (?, max(0, ?2)) ON CONFLICT (visit_id) DO UPDATE SET passages = max(0, passages + ?2)`,
      [visitId, change])),
    blockCredential: async (credentialId) => void (await run('INSERT OR IGNORE INTO blocked_credential (credential_id) VALUES (?)', [credentialId])),
    useCode: async ({ key, usedAtMs }) => void (await run('INSERT OR REPLACE INTO used_code (key, used_at_ms) VALUES (?, ?)', [key, usedAtMs])),
    forgetCode: async (key) => void (await run('DELETE FROM used_code WHERE key = ?', [key])),
    pruneCodes: async (beforeMs) => void (await run('DELETE FROM used_code WHERE used_at_ms < ?', [beforeMs])),
  }
}

/** Reads of a connection that sees committed rows. */
export async function readRuleState(connection: SqlConnection): Promise<RuleState> {
  const presence = await connection.all<PresenceRow>('SELECT area_id AS areaId, holder, direction, at_ms AS atMs FROM presence ORDER BY area_id, holder')
  const gates = await connection.all<Omit<GateStateRow, 'fire'> & { fire: number }>(
    `SELECT gate_id AS gateId, operator_mode AS operatorMode, operator_ref AS operatorRef, fire, told_mode AS toldMode, first_in_at_ms AS firstInAtMs
      FROM gate_state ORDER BY gate_id`)
  const pinLocks = await connection.all<PinLockRow>(
    'SELECT key, failures, locks, locked_until_ms AS lockedUntilMs, updated_at_ms AS updatedAtMs FROM pin_lock ORDER BY updated_at_ms, key')
  const uses = await connection.all<{ visitId: string; passages: number }>('SELECT visit_id AS visitId, passages FROM visit_use')
  const blocked = await connection.all<{ credentialId: string }>('SELECT credential_id AS credentialId FROM blocked_credential')
  return {
    presence, pinLocks,
    gates: gates.map((row) => ({ ...row, fire: row.fire === 1 })),
    visitUses: new Map(uses.map(({ visitId, passages }) => [visitId, passages])),
    blockedCredentials: new Set(blocked.map(({ credentialId }) => credentialId)),
    usedCodes: await connection.all<UsedCodeRow>('SELECT key, used_at_ms AS usedAtMs FROM used_code ORDER BY used_at_ms, key'),
  }
}
