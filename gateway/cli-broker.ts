import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type CommandOutput, done, refused, usage } from './cli-commands.js'
import { writeFileAtomic } from './device/key-files.js'
import type { ControlClient } from './ops/control-client.js'

/**
 * Writes `acl`, `mosquitto.conf`, `ca.pem`, `cert.pem` and `key.pem` (0600) for the estate's own broker.
 * @throws GW_USAGE where the folder cannot be written to
 */
export async function renderAclFiles(client: ControlClient, options: { out: string; at?: string }): Promise<CommandOutput> {
  const folder = resolve(options.out)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK)
  } catch (cause) {
    throw usage('--out', 'cannot be written to', cause)
  }
  const answer = await client.brokerFiles(options.at ?? folder)
  if (!answer.ok) return refused(answer.error)
  const { acl, conf, caPem, certPem, keyPem } = answer.value
  const files = { acl, 'mosquitto.conf': conf, 'ca.pem': caPem, 'cert.pem': certPem, 'key.pem': keyPem }
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(folder, name), text, name === 'key.pem' ? 0o600 : 0o644)
  return done({ folder, files: Object.keys(files) }, `${Object.keys(files).join(', ')} in ${folder}`)
}
