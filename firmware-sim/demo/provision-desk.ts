import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failSim } from '../errors.js'
import type { GatewayCli } from './gateway-cli.js'
import type { Login } from './logins.js'

/** Roles of the server's page that work at an estate's desk too, by the desk's own name for them. */
const DESK_ROLES: Readonly<Record<string, 'guard' | 'manager'>> = { guard: 'guard', 'estate-manager': 'manager' }
/** Added at an earlier start, and left as people changed it since. */
const THERE = 'GW_DESK_LOGIN_NAME_TAKEN'

/** Lets the guard and the manager of the demo log in at the estate's desk, with the passwords that they have at the server. */
export async function ensureDeskOperators(cli: GatewayCli, logins: readonly Login[], folder: string): Promise<void> {
  const passwordFile = join(folder, 'desk-password')
  for (const { loginName, displayName, password, grants } of logins) {
    const role = DESK_ROLES[grants[0]?.role ?? '']
    if (role === undefined) continue
    writeFileSync(passwordFile, password, { mode: 0o600 })
    try {
      const { ok, answer, text } = await cli.addOperator({ loginName, displayName, role, passwordFile })
      if (!ok && answer['code'] !== THERE) throw failSim('SIM_DEMO_GATEWAY', { command: 'operator add', loginName, text })
    } finally {
      rmSync(passwordFile, { force: true })
    }
  }
}
