import { readOpenCommands } from './device-tables.js'
import { readPerson, readRoster, readRosterAge } from './roster-tables.js'
import { createSecretOpener } from './rule-roster-tables.js'
import { readRuleState } from './rule-tables.js'
import type { Sealer } from './seal.js'
import type { SqlConnection } from './sqlite.js'
import type { GatewayStore } from './types.js'

/** What decisions are made from. @param read runs a question on a connection that sees committed rows */
export function accessReads(
  read: <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>, sealer: Sealer,
): Pick<GatewayStore, 'roster' | 'rosterAge' | 'rosterPerson' | 'openCommands' | 'ruleState'> {
  const openSecrets = createSecretOpener(sealer)
  return {
    roster: () => read((connection) => readRoster(connection, openSecrets)),
    rosterAge: () => read(readRosterAge),
    rosterPerson: (personRef) => read((connection) => readPerson(connection, personRef)),
    openCommands: () => read(readOpenCommands),
    ruleState: () => read(readRuleState),
  }
}
