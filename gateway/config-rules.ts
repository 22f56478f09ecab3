import type { GatewayConfig } from './config-schema.js'

/** Values that occur more than once, each once. */
const repeated = (values: readonly string[]): string[] => [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]

/** A half of the two settings would leave the estate without backups, and nobody would hear of it. */
function backupErrors({ folder, passphraseFile }: GatewayConfig['backup']): string[] {
  if ((folder === null) === (passphraseFile === null)) return []
  const [missing, given] = folder === null ? ['folder', 'passphraseFile'] : ['passphraseFile', 'folder']
  return [`backup.${missing}: is missing: backups need it beside backup.${given}, or neither for none`]
}

/** Each camera belongs to one worker, and a worker is named once. */
function remoteErrors(remotes: GatewayConfig['face']['remotes']): string[] {
  const cameras = repeated(remotes.flatMap((remote) => [...new Set(remote.cameras)]))
  return [
    ...repeated(remotes.map(({ name }) => name)).map((name) => `face.remotes: two of them are named ${name}`),
    ...cameras.map((camera) => `face.remotes: camera ${camera} belongs to two of them`),
  ]
}

/** What no single key can say: one line per contradiction, naming the key. */
export const configContradictions = ({ backup, face }: GatewayConfig): string[] => [...remoteErrors(face.remotes), ...backupErrors(backup)]
