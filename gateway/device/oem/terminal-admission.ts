import type { Clock } from '#kernel/clock.js'
import { createExclusive } from '#kernel/exclusive.js'
import { type Result, err, ok } from '#kernel/result.js'
import type { TerminalAdmission, TerminalRefusal } from '../ports.js'
import { passwordMatches } from './login-hash.js'
import type { TerminalCredential, TerminalRow } from './ports.js'

/** Logins that wait for their hash; one more is refused. A hash takes 50 ms, and one is made at a time. */
const WAITING_MAX = 16
/** Wrong passwords for one name from one address before it must wait. Others, the terminal itself among them, do not. */
const FAILURES_MAX = 5
const WAIT_MS = 60_000
/** Pairs of name and address that are remembered; the oldest makes room. */
const PAIRS_MAX = 1_024

interface Failures {
  readonly count: number
  readonly lastMonoMs: number
}

/**
 * Whom of the face terminals the broker lets in: by the certificate that TLS verified, or by name and password. Who
 * guesses is slowed down by name and address together, so that nobody can lock a terminal out from elsewhere.
 */
export function createTerminalAdmission(deps: { find: (terminalId: string) => TerminalRow | undefined; clock: Clock }): TerminalAdmission {
  const { find, clock } = deps
  const inTurn = createExclusive()
  const failures = new Map<string, Failures>()
  let waiting = 0

  const admitted = (terminalId: string, kind: TerminalCredential['kind']): Result<TerminalRow, TerminalRefusal> => {
    const row = find(terminalId)
    if (row === undefined || row.credential.kind !== kind) return err('unknown-device')
    return row.revokedAtMs === null ? ok(row) : err('revoked')
  }
  const mustWait = (pair: string): boolean => {
    const failed = failures.get(pair)
    return failed !== undefined && failed.count >= FAILURES_MAX && clock.monoMs() - failed.lastMonoMs < WAIT_MS
  }
  const failed = (pair: string): void => {
    const before = failures.get(pair)
    const count = before === undefined || clock.monoMs() - before.lastMonoMs >= WAIT_MS ? 1 : before.count + 1
    failures.delete(pair)
    failures.set(pair, { count, lastMonoMs: clock.monoMs() })
    if (failures.size > PAIRS_MAX) for (const oldest of [...failures.keys()].slice(0, 1)) failures.delete(oldest)
  }

  return {
    knows: (terminalId) => find(terminalId) !== undefined,
    admitCertificate(terminalId, fingerprint) {
      const row = admitted(terminalId, 'certificate')
      if (!row.ok) return row
      const { credential } = row.value
      return credential.kind === 'certificate' && credential.fingerprint === fingerprint ? ok(undefined) : err('wrong-certificate')
    },
    async admitLogin({ terminalId, userName, password, address }) {
      const row = admitted(terminalId, 'login')
      if (!row.ok) return row
      const { credential } = row.value
      if (credential.kind !== 'login' || credential.userName !== userName) return err('wrong-password')
      const pair = `${terminalId} ${address}`
      if (mustWait(pair) || waiting >= WAITING_MAX) return err('slow-down')
      waiting++
      const matches = await inTurn(() => passwordMatches(credential.passwordHash, password)).finally(() => waiting--)
      if (!matches) failed(pair)
      else failures.delete(pair)
      // It may have been revoked, or given another password, while the hash was made.
      return matches && find(terminalId)?.credential === credential ? ok(undefined) : err('wrong-password')
    },
    isAdmitted: (terminalId) => find(terminalId)?.revokedAtMs === null,
  }
}
