import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type CommandOutput, done, refused, usage } from './cli-commands.js'
import { writeFileAtomic } from './device/key-files.js'
import type { ControlClient } from './ops/control-client.js'

export interface IssueTerminalOptions {
  readonly id: string
  readonly out: string
  readonly login?: boolean
  readonly user?: string
}

/**
 * Writes what goes onto a face terminal of another maker: `ca.pem`, `cert.pem` and `key.pem`, or with `login` a name and
 * password in `login.json` (0600). Its earlier way in is refused from now on.
 * @throws GW_USAGE where the folder cannot be written to: nothing was issued then
 */
export async function issueTerminal(client: ControlClient, options: IssueTerminalOptions): Promise<CommandOutput> {
  const folder = resolve(options.out)
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw usage('--out', 'cannot be written to', cause)
  })
  const answer = await client.issueTerminal({
    id: options.id, credential: options.login === true ? 'login' : 'certificate', ...(options.user === undefined ? {} : { userName: options.user }),
  })
  if (!answer.ok) return refused(answer.error)
  const issued = answer.value
  if (issued.kind === 'login') {
    const file = join(folder, 'login.json')
    const { terminalId, userName, password } = issued
    await writeFileAtomic(file, `${JSON.stringify({ clientId: terminalId, userName, password })}\n`, 0o600)
    return done({ terminalId, credential: 'login', userName, files: { login: file } }, `terminal ${terminalId}: login in ${file}`)
  }
  const { caPem, certPem, keyPem, fingerprint, notAfterMs } = issued.certificate
  const files = { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await writeFileAtomic(files.ca, caPem, 0o644)
  await writeFileAtomic(files.key, keyPem, 0o600)
  await writeFileAtomic(files.cert, certPem, 0o644)
  return done({ terminalId: issued.terminalId, credential: 'certificate', files, fingerprint, notAfterMs }, `terminal ${issued.terminalId}: certificate in ${folder}`)
}

/** All face terminals of other makers: whether they are there, whom they hold, and what they did not take. */
export async function terminals(client: ControlClient): Promise<CommandOutput> {
  const answer = await client.terminals()
  return answer.ok ? done(answer.value, JSON.stringify(answer.value.terminals, null, 2)) : refused(answer.error)
}
