import type { Clock } from '#kernel/clock.js'
import type { CommandRow } from '../access/ports.js'
import type { SqlConnection } from './sqlite.js'
import type { DeviceRow, StoreTx } from './types.js'

/** Face workers are registered like devices. */
export const FACE_WORKER_MIGRATION = `
  CREATE TABLE device_now (
    device_id TEXT PRIMARY KEY,
    device_kind TEXT NOT NULL CHECK (device_kind IN ('camera', 'controller', 'reader', 'till', 'face-worker')),
    certificate_fingerprint TEXT NOT NULL,
    revoked_at_ms INTEGER
  ) STRICT;
  INSERT INTO device_now SELECT device_id, device_kind, certificate_fingerprint, revoked_at_ms FROM device;
  DROP TABLE device;
  ALTER TABLE device_now RENAME TO device;
`

const COMMAND_COLUMNS = 'command_id AS commandId, passage_id AS passageId, gate_id AS gateId, device_id AS deviceId, issued_at_ms AS issuedAtMs, state AS stage'

/** Events claimed once per device, and commands that move by compare-and-set. */
export function createDeviceWrites(deps: {
  connection: SqlConnection; clock: Clock
}): Pick<StoreTx, 'claimDeviceEvent' | 'putCommand' | 'findCommand' | 'moveCommand'> {
  const { connection, clock } = deps
  return {
    async claimDeviceEvent(deviceId, eventId) {
      const added = await connection.run('INSERT INTO device_event (device_id, event_id, claimed_at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        [deviceId, eventId, clock.wallMs()])
      return added === 1
    },
    putCommand: async (command) => void (await connection.run(
      'INSERT INTO command (command_id, passage_id, gate_id, device_id, issued_at_ms, state) VALUES (?, ?, ?, ?, ?, ?)',
      [command.commandId, command.passageId, command.gateId, command.deviceId, command.issuedAtMs, command.stage])),
    async findCommand(commandId) {
      const [row] = await connection.all<CommandRow>(`SELECT ${COMMAND_COLUMNS} FROM command WHERE command_id = ?`, [commandId])
      return row
    },
    moveCommand: async (commandId, from, to) =>
      (await connection.run('UPDATE command SET state = ? WHERE command_id = ? AND state = ?', [to, commandId, from])) === 1,
  }
}

export const readOpenCommands = (connection: SqlConnection): Promise<CommandRow[]> =>
  connection.all<CommandRow>(`SELECT ${COMMAND_COLUMNS} FROM command WHERE state = 'issued' ORDER BY command_id`)

export const readDevices = (connection: SqlConnection): Promise<DeviceRow[]> => connection.all<DeviceRow>(
  `SELECT device_id AS deviceId, device_kind AS deviceKind, certificate_fingerprint AS certificateFingerprint, revoked_at_ms AS revokedAtMs
    FROM device ORDER BY device_id`)

export async function writeDevice(connection: SqlConnection, device: DeviceRow): Promise<void> {
  await connection.run(`INSERT INTO device (device_id, device_kind, certificate_fingerprint, revoked_at_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT (device_id) DO UPDATE SET device_kind = excluded.device_kind,
      certificate_fingerprint = excluded.certificate_fingerprint, revoked_at_ms = excluded.revoked_at_ms`,
  [device.deviceId, device.deviceKind, device.certificateFingerprint, device.revokedAtMs])
}
