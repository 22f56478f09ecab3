import { gatewayError } from '../errors.js'
import type { Sealer } from './seal.js'
import type { SqlConnection } from './sqlite.js'
import type { GatewayIdentity } from './types.js'

const KEY_CHECK_PLACE = 'key-check.v1'
const credentialPlace = (gatewayId: string): string => `credential.v1\n${gatewayId}`

async function readMeta<Value>(connection: SqlConnection, name: string): Promise<Value | undefined> {
  const [row] = await connection.all<{ value: Value }>('SELECT value FROM meta WHERE name = ?', [name])
  return row?.value
}

const writeMeta = (connection: SqlConnection, name: string, value: string | Buffer): Promise<number> =>
  connection.run('INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', [name, value])

/** Refuses a wrong key at the door instead of at the first template. @throws GW_STORE_KEY */
export async function checkKey(connection: SqlConnection, sealer: Sealer): Promise<void> {
  const sealed = await readMeta<Buffer>(connection, 'key_check')
  if (sealed === undefined) await writeMeta(connection, 'key_check', sealer.seal(KEY_CHECK_PLACE, Buffer.alloc(0)))
  else sealer.open(KEY_CHECK_PLACE, sealed)
}

/** True where the last process closed the file, or there was none; from now on the file counts as in use. */
export async function takeShutdownMark(connection: SqlConnection): Promise<boolean> {
  const mark = await readMeta<string>(connection, 'shutdown')
  await writeMeta(connection, 'shutdown', 'running')
  return mark !== 'running'
}

export async function writeCleanShutdown(connection: SqlConnection): Promise<void> {
  await writeMeta(connection, 'shutdown', 'clean')
}

/** @throws GW_STORE_KEY */
export async function readIdentity(connection: SqlConnection, sealer: Sealer): Promise<GatewayIdentity | undefined> {
  const [row] = await connection.all<{ gatewayId: string; estateId: string; sealed: Buffer }>(
    'SELECT gateway_id AS gatewayId, estate_id AS estateId, credential_sealed AS sealed FROM identity')
  if (row === undefined) return undefined
  const { gatewayId, estateId, sealed } = row
  return { gatewayId, estateId, credential: sealer.open(credentialPlace(gatewayId), sealed).toString() }
}

/** @throws GW_STORE_IDENTITY where the log was begun by another gateway */
export async function writeIdentity(connection: SqlConnection, sealer: Sealer, identity: GatewayIdentity, logGatewayId: string | undefined): Promise<void> {
  const { gatewayId, estateId, credential } = identity
  if (logGatewayId !== undefined && logGatewayId !== gatewayId) throw gatewayError('GW_STORE_IDENTITY', { logGatewayId, gatewayId })
  await connection.run(`INSERT INTO identity (only_row, gateway_id, estate_id, credential_sealed) VALUES (1, ?, ?, ?)
    ON CONFLICT (only_row) DO UPDATE SET gateway_id = excluded.gateway_id, estate_id = excluded.estate_id, credential_sealed = excluded.credential_sealed`,
  [gatewayId, estateId, sealer.seal(credentialPlace(gatewayId), Buffer.from(credential))])
}

/** The gateway that wrote a log which was restored from a backup; undefined once that is done with. */
export const readRestoredFrom = (connection: SqlConnection): Promise<string | undefined> => readMeta<string>(connection, 'restored_from')
export const dropRestoredFrom = async (connection: SqlConnection): Promise<void> => void (await connection.run("DELETE FROM meta WHERE name = 'restored_from'"))
