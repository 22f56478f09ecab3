import { CredentialItemV1, DeviceSettingsV1, HolidayV1, ScheduleV1, VisitV1 } from '#contract/sync-roster.js'
import { checkItem } from './check-item.js'
import type { Sealer } from './seal.js'
import type { SqlConnection } from './sqlite.js'
import type { RosterSnapshot, StoreTx } from './types.js'

/**
 * Items of the second contract. The cursor goes back to the beginning: a server told a gateway of the first contract less,
 * and it gives everything to one that asks anew.
 */
export const RULE_ROSTER_MIGRATION = `
  ALTER TABLE permit ADD COLUMN role TEXT NOT NULL DEFAULT 'resident';
  ALTER TABLE permit ADD COLUMN schedule_id TEXT;
  ALTER TABLE gate ADD COLUMN zone_id TEXT NOT NULL DEFAULT 'all';
  ALTER TABLE gate ADD COLUMN devices TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(devices));
  ALTER TABLE gate ADD COLUMN rules TEXT NOT NULL DEFAULT '{"antiPassback":"off","antiPassbackMinutes":10,"areaId":null,"occupancyMax":null,
    "interlockGroup":null,"openScheduleId":null,"lockedScheduleId":null,"firstPersonIn":false}' CHECK (json_valid(rules));
  UPDATE gate SET devices = (SELECT json_group_array(json_object('deviceId', value, 'direction', 'in')) FROM json_each(camera_ids));
  ALTER TABLE gate DROP COLUMN camera_ids;
  UPDATE meta SET value = 0 WHERE name = 'roster_cursor';

  CREATE TABLE schedule (schedule_id TEXT PRIMARY KEY, body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
  CREATE TABLE holiday (date TEXT PRIMARY KEY, body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
  CREATE TABLE visit (visit_id TEXT PRIMARY KEY, body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
  CREATE TABLE credential (
    credential_id TEXT PRIMARY KEY,
    person_ref TEXT,
    visit_id TEXT,
    valid_from_ms INTEGER NOT NULL,
    valid_until_ms INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    CHECK ((person_ref IS NULL) <> (visit_id IS NULL))
  ) STRICT;
  CREATE INDEX credential_visit ON credential (visit_id);
  CREATE TABLE device_settings (device_id TEXT PRIMARY KEY, body TEXT NOT NULL CHECK (json_valid(body))) STRICT;

  CREATE TABLE device_now (
    device_id TEXT PRIMARY KEY,
    device_kind TEXT NOT NULL CHECK (device_kind IN ('camera', 'controller', 'reader')),
    certificate_fingerprint TEXT NOT NULL,
    revoked_at_ms INTEGER
  ) STRICT;
  INSERT INTO device_now SELECT device_id, device_kind, certificate_fingerprint, revoked_at_ms FROM device;
  DROP TABLE device;
  ALTER TABLE device_now RENAME TO device;
`

export type RuleRosterWrites = Pick<
  StoreTx,
  'putSchedule' | 'deleteSchedule' | 'putHoliday' | 'deleteHoliday' | 'putCredential' | 'deleteCredential' | 'putVisit' | 'deleteVisit'
  | 'putDeviceSettings' | 'deleteDeviceSettings'
>

/** Binds a sealed secret to its row: copied to another credential or holder it does not open. */
const placeOf = (row: Pick<CredentialItemV1, 'credentialId' | 'personRef' | 'visitId'>): string =>
  `credential.v1\n${row.credentialId}\n${row.personRef ?? ''}\n${row.visitId ?? ''}`

/** Card numbers, digests of codes, PIN verifiers and phone keys are sealed; the rest of a credential is not secret. */
export function createRuleRosterWrites({ connection, sealer }: { connection: SqlConnection; sealer: Sealer }): RuleRosterWrites {
  const { run } = connection
  const put = async (table: string, key: string, id: string, body: object): Promise<void> =>
    void (await run(`INSERT OR REPLACE INTO ${table} (${key}, body) VALUES (?, ?)`, [id, JSON.stringify(body)]))
  const remove = async (table: string, key: string, id: string): Promise<void> => void (await run(`DELETE FROM ${table} WHERE ${key} = ?`, [id]))
  return {
    async putSchedule(schedule) {
      checkItem(ScheduleV1, schedule)
      await put('schedule', 'schedule_id', schedule.scheduleId, schedule)
    },
    deleteSchedule: (scheduleId) => remove('schedule', 'schedule_id', scheduleId),
    async putHoliday(holiday) {
      checkItem(HolidayV1, holiday)
      await put('holiday', 'date', holiday.date, holiday)
    },
    deleteHoliday: (date) => remove('holiday', 'date', date),
    async putCredential(credential) {
      checkItem(CredentialItemV1, credential, (credential.personRef === null) === (credential.visitId === null) ? '/personRef: of a person or of a visit' : undefined)
      const { credentialId, personRef, visitId, validFromMs, validUntilMs, secret } = credential
      await run(`INSERT OR REPLACE INTO credential (credential_id, person_ref, visit_id, valid_from_ms, valid_until_ms, sealed)
        VALUES (?, ?, ?, ?, ?, ?)`,
      [credentialId, personRef, visitId, validFromMs, validUntilMs, sealer.seal(placeOf(credential), Buffer.from(JSON.stringify(secret)))])
    },
    async deleteCredential(credentialId) {
      await remove('credential', 'credential_id', credentialId)
      // Nobody can present it any more: the block has done its work.
      await remove('blocked_credential', 'credential_id', credentialId)
      await remove('pin_lock', 'key', credentialId)
    },
    async putVisit(visit) {
      checkItem(VisitV1, visit)
      await put('visit', 'visit_id', visit.visitId, visit)
    },
    async deleteVisit(visitId) {
      await remove('credential', 'visit_id', visitId)
      await remove('visit_use', 'visit_id', visitId)
      await remove('visit', 'visit_id', visitId)
    },
    async putDeviceSettings(settings) {
      checkItem(DeviceSettingsV1, settings)
      await put('device_settings', 'device_id', settings.deviceId, settings)
    },
    deleteDeviceSettings: (deviceId) => remove('device_settings', 'device_id', deviceId),
  }
}

type CredentialRow = Omit<CredentialItemV1, 'kind' | 'secret'> & { readonly sealed: Buffer }

/** Opens what is sealed in these rows; what was opened the last time and is the same is not opened again. */
export type SecretOpener = (rows: readonly CredentialRow[]) => CredentialItemV1[]

export function createSecretOpener(sealer: Sealer): SecretOpener {
  let opened = new Map<string, { readonly sealed: Buffer; readonly secret: CredentialItemV1['secret'] }>()
  return (rows) => {
    const secrets: typeof opened = new Map()
    const items = rows.map(({ sealed, ...row }): CredentialItemV1 => {
      const held = opened.get(row.credentialId)
      const secret = held?.sealed.equals(sealed) === true ? held.secret
        : JSON.parse(sealer.open(placeOf(row), sealed).toString()) as CredentialItemV1['secret']
      secrets.set(row.credentialId, { sealed, secret })
      return { kind: 'credential.v1', ...row, secret }
    })
    opened = secrets
    return items
  }
}

type RuleRoster = Pick<RosterSnapshot, 'schedules' | 'holidays' | 'visits' | 'credentials' | 'deviceSettings'>

/** Inside the caller's read transaction. @throws GW_STORE_KEY where a row was changed or moved */
export async function readRuleRoster(connection: SqlConnection, openSecrets: SecretOpener): Promise<RuleRoster> {
  const bodies = async <Item>(table: string, key: string): Promise<Item[]> =>
    (await connection.all<{ body: string }>(`SELECT body FROM ${table} ORDER BY ${key}`)).map((row) => JSON.parse(row.body) as Item)
  return {
    schedules: await bodies<ScheduleV1>('schedule', 'schedule_id'),
    holidays: await bodies<HolidayV1>('holiday', 'date'),
    visits: await bodies<VisitV1>('visit', 'visit_id'),
    credentials: openSecrets(await connection.all<CredentialRow>(
      `SELECT credential_id AS credentialId, person_ref AS personRef, visit_id AS visitId, valid_from_ms AS validFromMs,
        valid_until_ms AS validUntilMs, sealed FROM credential ORDER BY credential_id`)),
    deviceSettings: await bodies<DeviceSettingsV1>('device_settings', 'device_id'),
  }
}
