import { schemaError } from '#contract/codec.js'
import { Slug } from '#contract/wire-types.js'
import type { Clock } from '#kernel/clock.js'
import { gatewayError } from '../../errors.js'
import type { TerminalCredential, TerminalRow, TerminalStore } from './ports.js'
import { NO_RECORDS, type RecordCount } from './record-number-rules.js'

/** Which face terminals of other makers this estate has. */
export interface TerminalRegister {
  load(): Promise<void>
  find(terminalId: string): TerminalRow | undefined
  all(): readonly TerminalRow[]
  /** Those that may connect. */
  active(): readonly TerminalRow[]
  /** A new terminal, or a new way in for one: the earlier one is refused from now on. @throws GW_STORE_INVALID */
  register(terminalId: string, credential: TerminalCredential): Promise<void>
  /** Durable once it resolves. @throws GW_DEVICE_UNKNOWN */
  revoke(terminalId: string): Promise<void>
  /** Takes over a count that was made durable elsewhere. */
  counted(terminalId: string, records: RecordCount): void
}

export function createTerminalRegister(deps: { store: TerminalStore; clock: Clock }): TerminalRegister {
  const { store, clock } = deps
  const rows = new Map<string, TerminalRow>()
  const save = async (row: TerminalRow): Promise<void> => {
    await store.transact((tx) => tx.saveTerminal(row))
    rows.set(row.terminalId, row)
  }
  return {
    async load() {
      for (const row of await store.terminals()) rows.set(row.terminalId, row)
    },
    find: (terminalId) => rows.get(terminalId),
    all: () => [...rows.values()],
    active: () => [...rows.values()].filter((row) => row.revokedAtMs === null),
    async register(terminalId, credential) {
      const error = schemaError(Slug, terminalId)
      if (error !== undefined) throw gatewayError('GW_STORE_INVALID', { kind: 'terminal', error })
      await save({ terminalId, credential, revokedAtMs: null, records: rows.get(terminalId)?.records ?? NO_RECORDS })
    },
    async revoke(terminalId) {
      const row = rows.get(terminalId)
      if (row === undefined) throw gatewayError('GW_DEVICE_UNKNOWN', { deviceId: terminalId })
      await save({ ...row, revokedAtMs: row.revokedAtMs ?? clock.wallMs() })
    },
    counted(terminalId, records) {
      const row = rows.get(terminalId)
      if (row !== undefined) rows.set(terminalId, { ...row, records })
    },
  }
}
