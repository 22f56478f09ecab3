import { constants } from 'node:fs'
import { access, mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DEVICE_KINDS } from '#contract/message-table.js'
import { writeFileAtomic } from './device/key-files.js'
import { gatewayError } from './errors.js'
import type { ControlClient, ControlRefusal } from './ops/control-client.js'

/** What a command says: for people, and as JSON. `done` false is a refusal: exit code 1. */
export interface CommandOutput {
  readonly done: boolean
  readonly text: string
  readonly json: object
}

export const done = (json: object, text: string): CommandOutput => ({ done: true, text, json })

export const refused = ({ code, message, details }: ControlRefusal): CommandOutput => {
  const facts = details === undefined || Object.keys(details).length === 0 ? '' : ` ${JSON.stringify(details)}`
  return { done: false, text: `refused: ${message}${facts}`, json: { kind: 'refused', code, message, details: details ?? {} } }
}

export const usage = (field: string, problem: string, cause?: unknown) => gatewayError('GW_USAGE', { field, problem }, cause)

/**
 * Writes `ca.pem`, `cert.pem` and `key.pem` (0600) for one device. Its earlier certificate is refused from now on.
 * @throws GW_USAGE where the kind is unknown or the folder cannot be written to: nothing was issued then
 */
export async function issueDevice(client: ControlClient, options: { kind: string; id: string; out: string }): Promise<CommandOutput> {
  const kind = DEVICE_KINDS.find((known) => known === options.kind)
  if (kind === undefined) throw usage('--kind', `must be one of ${DEVICE_KINDS.join(', ')}`)
  const folder = resolve(options.out)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK)
  } catch (cause) {
    throw usage('--out', 'cannot be written to', cause)
  }
  const answer = await client.issueDevice(kind, options.id)
  if (!answer.ok) return refused(answer.error)
  const { caPem, certPem, keyPem, fingerprint, notAfterMs } = answer.value
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await writeFileAtomic(files.ca, caPem, 0o644)
  await writeFileAtomic(files.key, keyPem, 0o600)
  await writeFileAtomic(files.cert, certPem, 0o644)
  const until = new Date(notAfterMs).toISOString().slice(0, 10)
  const text = `${kind} ${options.id}: certificate in ${folder}, valid until ${until}`
  return done({ deviceId: options.id, kind, files, fingerprint, notAfterMs }, text)
}

/** The device's certificate is refused from now on and its connection ends. */
export async function revokeDevice(client: ControlClient, options: { id: string }): Promise<CommandOutput> {
  const answer = await client.revokeDevice(options.id)
  return answer.ok ? done({ deviceId: options.id, revoked: true }, `${options.id} is revoked`) : refused(answer.error)
}

export interface EnrolCommandOptions {
  readonly person: string
  readonly photo: readonly string[]
  readonly allowBy?: string
  readonly allowReason?: string
}

/** @throws GW_USAGE where a photo cannot be read, or a permission lacks one of its halves */
export async function enrol(client: ControlClient, options: EnrolCommandOptions): Promise<CommandOutput> {
  const { allowBy: by, allowReason: reason } = options
  if ((by === undefined) !== (reason === undefined)) throw usage(by === undefined ? '--allow-by' : '--allow-reason', 'is missing: both or neither')
  const photos = await Promise.all(options.photo.map((path) => readFile(path).catch((cause: unknown) => {
    throw usage('--photo', `${path} cannot be read`, cause)
  })))
  const answer = await client.enrol(options.person, photos, by === undefined || reason === undefined ? {} : { allowDuplicate: { by, reason } })
  if (!answer.ok) return refused(answer.error)
  const result = answer.value
  if (result.kind === 'enrolled') {
    return done(result, `${result.personRef} is enrolled with ${result.templates} templates under consent ${result.consentId}`)
  }
  const which = result.photo === null ? '' : ` (${options.photo[result.photo - 1]})`
  const whose = result.other === undefined ? '' : `: ${result.other.displayName} (${result.other.personRef})`
  return { done: false, text: `refused: ${result.reason}${which}: ${result.detail}${whose}`, json: result }
}

export async function status(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.status()
  return answer.ok ? done(answer.value, JSON.stringify(answer.value, null, 2)) : refused(answer.error)
}

export async function stop(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.stop()
  return answer.ok ? done({ stopping: true }, 'the gateway is stopping') : refused(answer.error)
}
