import { execFile } from 'node:child_process'
import { failSim } from '../errors.js'

/** What one command of the gateway's command line came to. */
export interface CliAnswer {
  readonly ok: boolean
  /** Its JSON answer, `{}` where it printed none. */
  readonly answer: Readonly<Record<string, unknown>>
  readonly text: string
}

export interface GatewayCli {
  /** A code by which the device gets its certificate, once. @throws AppError SIM_DEMO_GATEWAY */
  claimCode(kind: 'camera' | 'controller' | 'reader' | 'till', deviceId: string): Promise<string>
  status(): Promise<Readonly<Record<string, unknown>>>
  /** A refusal is an answer. */
  enrol(personRef: string, photos: readonly string[]): Promise<CliAnswer>
  /** A refusal is an answer. */
  addOperator(operator: { loginName: string; displayName: string; role: 'guard' | 'manager'; passwordFile: string }): Promise<CliAnswer>
}

const COMMAND_MS = 120_000
const REFUSED = 1

function lastJson(stdout: string): Record<string, unknown> {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
  } catch {
    return {}
  }
}

/** The command line of one running gateway. */
export function createGatewayCli(deps: { main: string; configFile: string }): GatewayCli {
  const run = (...args: string[]): Promise<CliAnswer> => new Promise((resolve, reject) => {
    const all = [deps.main, '--config', deps.configFile, ...args, '--json']
    execFile(process.execPath, all, { timeout: COMMAND_MS, maxBuffer: 4_194_304 }, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`.trim().slice(-500)
      if (error !== null && error.code !== REFUSED) {
        const details = { command: args[0], config: deps.configFile, exitCode: error.code ?? null, text }
        return reject(failSim('SIM_DEMO_GATEWAY', details, error))
      }
      resolve({ ok: error === null, answer: lastJson(stdout), text })
    })
  })
  return {
    async claimCode(kind, deviceId) {
      const { ok, answer, text } = await run('claim-code', '--kind', kind, '--id', deviceId)
      if (!ok || typeof answer['code'] !== 'string') throw failSim('SIM_DEMO_GATEWAY', { command: 'claim-code', deviceId, text })
      return answer['code']
    },
    async status() {
      const { ok, answer, text } = await run('status')
      if (!ok) throw failSim('SIM_DEMO_GATEWAY', { command: 'status', text })
      return answer
    },
    addOperator: ({ loginName, displayName, role, passwordFile }) =>
      run('operator', 'add', '--login', loginName, '--name', displayName, '--role', role, '--password-file', passwordFile),
    enrol: (personRef, photos) => run('enrol', '--person', personRef, ...photos.flatMap((photo) => ['--photo', photo])),
  }
}
