import type { TSchema } from 'typebox'
import { schemaError } from '#contract/codec.js'
import { ConsentV1, GateV1, PermitV1, PersonV1 } from '#contract/sync-roster.js'
import { gatewayError } from '../errors.js'
import type { SqlConnection } from './sqlite.js'
import type { RosterSnapshot, StoreTx } from './types.js'

export type RosterWrites = Pick<
  StoreTx,
  'putPerson' | 'deletePerson' | 'putConsent' | 'deleteConsent' | 'putPermit' | 'deletePermit' | 'putGate' | 'deleteGate' | 'setRosterCursor'
>

function check(schema: TSchema, value: { kind: string }): void {
  const error = schemaError(schema, value)
  if (error !== undefined) throw gatewayError('GW_STORE_INVALID', { kind: value.kind, error })
}

/** Writes of the roster; each replaces the item of the same id, and deleting what is not there does nothing. */
export function createRosterWrites(connection: SqlConnection): RosterWrites {
  const { run } = connection
  return {
    async putPerson(person) {
      check(PersonV1, person)
      await run(`INSERT INTO person (person_ref, display_name) VALUES (?, ?)
        ON CONFLICT (person_ref) DO UPDATE SET display_name = excluded.display_name`, [person.personRef, person.displayName])
    },
    deletePerson: async (personRef) => void (await run('DELETE FROM person WHERE person_ref = ?', [personRef])),
    async putConsent(consent) {
      check(ConsentV1, consent)
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
      check(PermitV1, permit)
      await run(`INSERT INTO permit (permit_id, person_ref, gate_ids, valid_from_ms, valid_until_ms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (permit_id) DO UPDATE SET person_ref = excluded.person_ref, gate_ids = excluded.gate_ids,
          valid_from_ms = excluded.valid_from_ms, valid_until_ms = excluded.valid_until_ms`,
      [permit.permitId, permit.personRef, JSON.stringify(permit.gateIds), permit.validFromMs, permit.validUntilMs])
    },
    deletePermit: async (permitId) => void (await run('DELETE FROM permit WHERE permit_id = ?', [permitId])),
    async putGate(gate) {
      check(GateV1, gate)
      await run(`INSERT INTO gate (gate_id, name, camera_ids, controller_id, door_no, release_ms, face_free_ways) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (gate_id) DO UPDATE SET name = excluded.name, camera_ids = excluded.camera_ids, controller_id = excluded.controller_id,
          door_no = excluded.door_no, release_ms = excluded.release_ms, face_free_ways = excluded.face_free_ways`,
      [gate.gateId, gate.name, JSON.stringify(gate.cameraIds), gate.controllerId, gate.doorNo, gate.releaseMs, JSON.stringify(gate.faceFreeWays)])
    },
    deleteGate: async (gateId) => void (await run('DELETE FROM gate WHERE gate_id = ?', [gateId])),
    async setRosterCursor(cursor) {
      if (!Number.isSafeInteger(cursor) || cursor < 0) throw gatewayError('GW_STORE_INVALID', { kind: 'roster-cursor', error: '(root): not a cursor' })
      await run(`INSERT INTO meta (name, value) VALUES ('roster_cursor', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, [cursor])
    },
  }
}

/** The whole roster as one committed moment. The caller lets no other statement onto `connection` meanwhile. */
export async function readRoster(connection: SqlConnection): Promise<RosterSnapshot> {
  await connection.run('BEGIN')
  try {
    const persons = await connection.all<Omit<PersonV1, 'kind'>>('SELECT person_ref AS personRef, display_name AS displayName FROM person ORDER BY person_ref')
    const consents = await connection.all<Omit<ConsentV1, 'kind'>>(
      `SELECT consent_id AS consentId, person_ref AS personRef, purpose, notice_version AS noticeVersion, guardian_ref AS guardianRef,
        granted_at_ms AS grantedAtMs, expires_at_ms AS expiresAtMs FROM consent ORDER BY consent_id`)
    const permits = await connection.all<Omit<PermitV1, 'kind' | 'gateIds'> & { gateIds: string }>(
      `SELECT permit_id AS permitId, person_ref AS personRef, gate_ids AS gateIds, valid_from_ms AS validFromMs,
        valid_until_ms AS validUntilMs FROM permit ORDER BY permit_id`)
    const gates = await connection.all<Omit<GateV1, 'kind' | 'cameraIds' | 'faceFreeWays'> & { cameraIds: string; faceFreeWays: string }>(
      `SELECT gate_id AS gateId, name, camera_ids AS cameraIds, controller_id AS controllerId, door_no AS doorNo, release_ms AS releaseMs,
        face_free_ways AS faceFreeWays FROM gate ORDER BY gate_id`)
    const [cursor] = await connection.all<{ value: number }>(`SELECT value FROM meta WHERE name = 'roster_cursor'`)
    return {
      persons: persons.map((row) => ({ kind: 'person.v1', ...row })),
      consents: consents.map((row) => ({ kind: 'consent.v1', ...row })),
      permits: permits.map((row) => ({ kind: 'permit.v1', ...row, gateIds: JSON.parse(row.gateIds) as string[] })),
      gates: gates.map((row) => ({
        kind: 'gate.v1', ...row, cameraIds: JSON.parse(row.cameraIds) as string[], faceFreeWays: JSON.parse(row.faceFreeWays) as GateV1['faceFreeWays'],
      })),
      cursor: cursor?.value ?? 0,
    }
  } finally {
    await connection.run('COMMIT')
  }
}
