import type { AlarmPlace, AlarmReads, AlarmRow, AlarmTx, FireInputRow, FireTx } from '../alarm/ports.js'
import type { CareReads, CareTx, ClaimCodeRow, DeviceInfoRow, FirmwareJobRow, ParameterResultRow } from '../device/care-ports.js'
import type { OrderStage, OrderTx } from '../orders/ports.js'
import type { Clock } from '#kernel/clock.js'
import type { SqlConnection } from './sqlite.js'

/** Care of devices, alarms, fire and orders of the server. */
export const CARE_MIGRATION = `
  CREATE TABLE device_info (
    device_id TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    firmware TEXT NOT NULL,
    capabilities TEXT NOT NULL CHECK (json_valid(capabilities)),
    certificate_fingerprint TEXT,
    revoked INTEGER NOT NULL CHECK (revoked IN (0, 1))
  ) STRICT;
  CREATE TABLE claim_code (
    device_id TEXT PRIMARY KEY,
    device_kind TEXT NOT NULL,
    code_sha256 TEXT NOT NULL CHECK (length(code_sha256) = 64),
    expires_at_ms INTEGER NOT NULL,
    used_key_sha256 TEXT
  ) STRICT;
  CREATE TABLE parameter_result (
    device_id TEXT PRIMARY KEY,
    parameter_set_id TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'refused')),
    problems TEXT NOT NULL CHECK (json_valid(problems))
  ) STRICT;
  CREATE TABLE firmware_job (
    job_id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    version TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    stage TEXT NOT NULL CHECK (stage IN ('fetching', 'ready', 'downloading', 'verified', 'installing', 'installed', 'failed')),
    ordered_at_ms INTEGER NOT NULL
  ) STRICT;

  -- Alarms that somebody still has to look at; the log has all that ever were. Of each place there is one.
  CREATE TABLE alarm (
    alarm_id TEXT PRIMARY KEY,
    alarm TEXT NOT NULL,
    gate_id TEXT,
    device_id TEXT,
    phase TEXT NOT NULL CHECK (json_valid(phase)),
    passage_id TEXT,
    person_ref TEXT,
    detail TEXT,
    raised_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX alarm_place ON alarm (alarm, coalesce(gate_id, ''), coalesce(device_id, ''));

  CREATE TABLE fire_input (
    zone_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('burning', 'reset')),
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (zone_id, device_id)
  ) STRICT, WITHOUT ROWID;

  -- Orders of the server: an id is committed before anything is done for it.
  CREATE TABLE server_order (
    order_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('begun', 'done')),
    begun_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX server_order_begun ON server_order (begun_at_ms);
`

const INFO = `device_id AS deviceId, model, firmware, capabilities, certificate_fingerprint AS certificateFingerprint, revoked`
const CODE = `device_id AS deviceId, device_kind AS deviceKind, code_sha256 AS codeSha256, expires_at_ms AS expiresAtMs, used_key_sha256 AS usedKeySha256`
const JOB = `job_id AS jobId, device_id AS deviceId, version, bytes, sha256, stage, ordered_at_ms AS orderedAtMs`
const ALARM = `alarm_id AS alarmId, alarm, gate_id AS gateId, device_id AS deviceId, phase, passage_id AS passageId, person_ref AS personRef, detail,
  raised_at_ms AS raisedAtMs`

type AlarmText = Omit<AlarmRow, 'phase'> & { readonly phase: string }
const alarmOf = (row: AlarmText): AlarmRow => ({ ...row, phase: JSON.parse(row.phase) as AlarmRow['phase'] })

export function createCareWrites({ run, all }: SqlConnection): CareTx {
  return {
    putDeviceInfo: async (info) => void (await run(
      `INSERT INTO device_info (device_id, model, firmware, capabilities, certificate_fingerprint, revoked) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (device_id) DO UPDATE SET model = excluded.model, firmware = excluded.firmware, capabilities = excluded.capabilities,
          certificate_fingerprint = excluded.certificate_fingerprint, revoked = excluded.revoked`,
      [info.deviceId, info.model, info.firmware, JSON.stringify(info.capabilities), info.certificateFingerprint, info.revoked ? 1 : 0])),
    putClaimCode: async (code) => void (await run(
      `INSERT INTO claim_code (device_id, device_kind, code_sha256, expires_at_ms, used_key_sha256) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (device_id) DO UPDATE SET device_kind = excluded.device_kind, code_sha256 = excluded.code_sha256,
          expires_at_ms = excluded.expires_at_ms, used_key_sha256 = excluded.used_key_sha256`,
      [code.deviceId, code.deviceKind, code.codeSha256, code.expiresAtMs, code.usedKeySha256])),
    findClaimCode: async (deviceId) => (await all<ClaimCodeRow>(`SELECT ${CODE} FROM claim_code WHERE device_id = ?`, [deviceId]))[0],
    putParameterResult: async ({ deviceId, parameterSetId, outcome, problems }) => void (await run(
      `INSERT INTO parameter_result (device_id, parameter_set_id, outcome, problems) VALUES (?, ?, ?, ?)
        ON CONFLICT (device_id) DO UPDATE SET parameter_set_id = excluded.parameter_set_id, outcome = excluded.outcome, problems = excluded.problems`,
      [deviceId, parameterSetId, outcome, JSON.stringify(problems)])),
    dropParameterResult: async (deviceId) => void (await run('DELETE FROM parameter_result WHERE device_id = ?', [deviceId])),
    putFirmwareJob: async (job) => void (await run(
      `INSERT INTO firmware_job (job_id, device_id, version, bytes, sha256, stage, ordered_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (job_id) DO UPDATE SET stage = excluded.stage`,
      [job.jobId, job.deviceId, job.version, job.bytes, job.sha256, job.stage, job.orderedAtMs])),
  }
}

type Read = <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>

export function careReads(read: Read): CareReads & AlarmReads {
  const allOf = <Row>(sql: string): Promise<Row[]> => read(({ all }) => all<Row>(sql))
  return {
    deviceInfos: async () => (await allOf<Omit<DeviceInfoRow, 'capabilities' | 'revoked'> & { capabilities: string; revoked: number }>(
      `SELECT ${INFO} FROM device_info ORDER BY device_id`))
      .map((row) => ({ ...row, capabilities: JSON.parse(row.capabilities) as string[], revoked: row.revoked === 1 })),
    parameterResults: async () => (await allOf<Omit<ParameterResultRow, 'problems'> & { problems: string }>(
      'SELECT device_id AS deviceId, parameter_set_id AS parameterSetId, outcome, problems FROM parameter_result ORDER BY device_id'))
      .map((row) => ({ ...row, problems: JSON.parse(row.problems) as ParameterResultRow['problems'] })),
    firmwareJobs: () => allOf<FirmwareJobRow>(`SELECT ${JOB} FROM firmware_job ORDER BY ordered_at_ms, job_id`),
    alarms: async () => (await allOf<AlarmText>(`SELECT ${ALARM} FROM alarm ORDER BY raised_at_ms, alarm_id`)).map(alarmOf),
    fireInputs: () => allOf<FireInputRow>('SELECT zone_id AS zoneId, device_id AS deviceId, state, since_ms AS sinceMs FROM fire_input ORDER BY zone_id, device_id'),
  }
}

export function createAlarmWrites({ run, all }: SqlConnection): AlarmTx & FireTx {
  return {
    async findAlarm({ alarm, gateId, deviceId }: AlarmPlace) {
      const rows = await all<AlarmText>(
        `SELECT ${ALARM} FROM alarm WHERE alarm = ? AND coalesce(gate_id, '') = coalesce(?, '') AND coalesce(device_id, '') = coalesce(?, '')`,
        [alarm, gateId, deviceId])
      return rows.map(alarmOf)[0]
    },
    findAlarmById: async (alarmId) => (await all<AlarmText>(`SELECT ${ALARM} FROM alarm WHERE alarm_id = ?`, [alarmId])).map(alarmOf)[0],
    putAlarm: async (alarm) => void (await run(
      `INSERT INTO alarm (alarm_id, alarm, gate_id, device_id, phase, passage_id, person_ref, detail, raised_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (alarm_id) DO UPDATE SET phase = excluded.phase`,
      [alarm.alarmId, alarm.alarm, alarm.gateId, alarm.deviceId, JSON.stringify(alarm.phase), alarm.passageId, alarm.personRef, alarm.detail, alarm.raisedAtMs])),
    dropAlarm: async (alarmId) => void (await run('DELETE FROM alarm WHERE alarm_id = ?', [alarmId])),
    putFireInput: async (row) => void (await run(
      `INSERT INTO fire_input (zone_id, device_id, state, since_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (zone_id, device_id) DO UPDATE SET state = excluded.state`, [row.zoneId, row.deviceId, row.state, row.sinceMs])),
    dropFireInputs: async (zoneId) => void (await run('DELETE FROM fire_input WHERE zone_id = ?', [zoneId])),
  }
}

export function createOrderWrites({ connection: { run, all }, clock }: { connection: SqlConnection; clock: Clock }): OrderTx {
  return {
    async beginOrder(orderId, kind) {
      const [known] = await all<{ stage: OrderStage }>('SELECT stage FROM server_order WHERE order_id = ?', [orderId])
      if (known !== undefined) return known.stage
      await run(`INSERT INTO server_order (order_id, kind, stage, begun_at_ms) VALUES (?, ?, 'begun', ?)`, [orderId, kind, clock.wallMs()])
      return undefined
    },
    finishOrder: async (orderId) => void (await run(`UPDATE server_order SET stage = 'done' WHERE order_id = ?`, [orderId])),
  }
}
