import { ConsentV1, GateV2, PermitV2, PersonV1 } from '#contract/sync-roster.js'
import { gatewayError } from '../errors.js'
import { checkItem } from './check-item.js'
import { type SecretOpener, readRuleRoster } from './rule-roster-tables.js'
import type { SqlConnection } from './sqlite.js'
import type { RosterAgeRow, RosterPerson, RosterSnapshot, StoreTx } from './types.js'

export type RosterWrites = Pick<
  StoreTx,
  'putPerson' | 'deletePerson' | 'putConsent' | 'deleteConsent' | 'putPermit' | 'deletePermit' | 'putGate' | 'deleteGate' | 'setRosterCursor' | 'setRosterAge'
>

/** Writes of the roster; each replaces the item of the same id, and deleting what is not there does nothing. */
export function createRosterWrites(connection: SqlConnection): RosterWrites {
  const { run } = connection
  return {
    async putPerson(person) {
      checkItem(PersonV1, person)
      await run(`INSERT INTO person (person_ref, display_name) VALUES (?, ?)
        ON CONFLICT (person_ref) DO UPDATE SET display_name = excluded.display_name`, [person.personRef, person.displayName])
    },
    deletePerson: async (personRef) => void (await run('DELETE FROM person WHERE person_ref = ?', [personRef])),
    async putConsent(consent) {
      checkItem(ConsentV1, consent)
      const [held] = await connection.all<{ personRef: string }>('SELECT person_ref AS personRef FROM consent WHERE consent_id = ?', [consent.consentId])
      if (held !== undefined && held.personRef !== consent.personRef) {
        throw gatewayError('GW_STORE_INVALID', { kind: consent.kind, error: '/personRef: a consent never changes its person' })
      }
      await run(`INSERT INTO consent (consent_id, person_ref, purpose, notice_version, guardian_ref, granted_at_ms, expires_at_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (consent_id) DO UPDATE SET purpose = excluded.purpose, notice_version = excluded.notice_version,
          guardian_ref = excluded.guardian_ref, granted_at_ms = excluded.granted_at_ms, expires_at_ms = excluded.expires_at_ms`,
      [consent.consentId, consent.personRef, consent.purpose, consent.noticeVersion, consent.guardianRef, consent.grantedAtMs, consent.expiresAtMs])
    },
    async deleteConsent(consentId) {
      const [held] = await connection.all<{ templates: number }>('SELECT count(*) AS templates FROM template WHERE consent_id = ?', [consentId])
      if ((held?.templates ?? 0) > 0) throw gatewayError('GW_STORE_CONSENT_IN_USE', { consentId, templates: held?.templates })
      await run('DELETE FROM consent WHERE consent_id = ?', [consentId])
    },
    async putPermit(permit) {
      checkItem(PermitV2, permit)
      await run(`INSERT OR REPLACE INTO permit (permit_id, person_ref, role, gate_ids, valid_from_ms, valid_until_ms, schedule_id) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [permit.permitId, permit.personRef, permit.role, JSON.stringify(permit.gateIds), permit.validFromMs, permit.validUntilMs, permit.scheduleId])
    },
    deletePermit: async (permitId) => void (await run('DELETE FROM permit WHERE permit_id = ?', [permitId])),
    async putGate(gate) {
      checkItem(GateV2, gate)
      await run(`INSERT OR REPLACE INTO gate (gate_id, name, zone_id, devices, controller_id, door_no, release_ms, face_free_ways, rules)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [gate.gateId, gate.name, gate.zoneId, JSON.stringify(gate.devices), gate.controllerId, gate.doorNo, gate.releaseMs,
        JSON.stringify(gate.faceFreeWays), JSON.stringify(gate.rules)])
    },
    deleteGate: async (gateId) => void (await run('DELETE FROM gate WHERE gate_id = ?', [gateId])),
    async setRosterCursor(cursor) {
      if (!Number.isSafeInteger(cursor) || cursor < 0) throw gatewayError('GW_STORE_INVALID', { kind: 'roster-cursor', error: '(root): not a cursor' })
      await run(`INSERT INTO meta (name, value) VALUES ('roster_cursor', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, [cursor])
    },
    setRosterAge: async ({ ageMs, atWallMs }) => void (await run(
      `INSERT INTO meta (name, value) VALUES ('roster_age', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, [JSON.stringify({ ageMs, atWallMs })])),
  }
}

/** Undefined before it was first written. */
export async function readRosterAge(connection: SqlConnection): Promise<RosterAgeRow | undefined> {
  const [row] = await connection.all<{ value: string }>(`SELECT value FROM meta WHERE name = 'roster_age'`)
  return row === undefined ? undefined : JSON.parse(row.value) as RosterAgeRow
}

const PERSONS = 'SELECT person_ref AS personRef, display_name AS displayName FROM person'
const CONSENTS = `SELECT consent_id AS consentId, person_ref AS personRef, purpose, notice_version AS noticeVersion, guardian_ref AS guardianRef,
  granted_at_ms AS grantedAtMs, expires_at_ms AS expiresAtMs FROM consent`

/** One person, without reading everybody. */
export async function readPerson(connection: SqlConnection, personRef: string): Promise<RosterPerson | undefined> {
  const [person] = await connection.all<Omit<PersonV1, 'kind'>>(`${PERSONS} WHERE person_ref = ?`, [personRef])
  if (person === undefined) return undefined
  const consents = await connection.all<Omit<ConsentV1, 'kind'>>(`${CONSENTS} WHERE person_ref = ? ORDER BY consent_id`, [personRef])
  return { person: { kind: 'person.v1', ...person }, consents: consents.map((row) => ({ kind: 'consent.v1', ...row })) }
}

/** The whole roster as one committed moment. The caller lets no other statement onto `connection` meanwhile. */
export async function readRoster(connection: SqlConnection, openSecrets: SecretOpener): Promise<RosterSnapshot> {
  await connection.run('BEGIN')
  try {
    const persons = await connection.all<Omit<PersonV1, 'kind'>>(`${PERSONS} ORDER BY person_ref`)
    const consents = await connection.all<Omit<ConsentV1, 'kind'>>(`${CONSENTS} ORDER BY consent_id`)
    const permits = await connection.all<Omit<PermitV2, 'kind' | 'gateIds'> & { gateIds: string }>(
      `SELECT permit_id AS permitId, person_ref AS personRef, role, gate_ids AS gateIds, valid_from_ms AS validFromMs,
        valid_until_ms AS validUntilMs, schedule_id AS scheduleId FROM permit ORDER BY permit_id`)
    const gates = await connection.all<Omit<GateV2, 'kind' | 'devices' | 'faceFreeWays' | 'rules'> & Record<'devices' | 'faceFreeWays' | 'rules', string>>(
      `SELECT gate_id AS gateId, name, zone_id AS zoneId, devices, controller_id AS controllerId, door_no AS doorNo, release_ms AS releaseMs,
        face_free_ways AS faceFreeWays, rules FROM gate ORDER BY gate_id`)
    const [cursor] = await connection.all<{ value: number }>(`SELECT value FROM meta WHERE name = 'roster_cursor'`)
    return {
      persons: persons.map((row) => ({ kind: 'person.v1', ...row })),
      consents: consents.map((row) => ({ kind: 'consent.v1', ...row })),
      permits: permits.map((row) => ({ kind: 'permit.v2', ...row, gateIds: JSON.parse(row.gateIds) as string[] })),
      gates: gates.map((row) => ({
        kind: 'gate.v2', ...row, devices: JSON.parse(row.devices) as GateV2['devices'],
        faceFreeWays: JSON.parse(row.faceFreeWays) as GateV2['faceFreeWays'], rules: JSON.parse(row.rules) as GateV2['rules'],
      })),
      ...await readRuleRoster(connection, openSecrets),
      cursor: cursor?.value ?? 0,
    }
  } finally {
    await connection.run('COMMIT')
  }
}
