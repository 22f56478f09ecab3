import { existsSync } from 'node:fs'
import { ALL_ESTATES } from './auth/roles.js'
import { openDatabase } from './db/client.js'
import { cannotOpen } from './db/database-lock.js'
import { fail } from './errors.js'
import { estatesInScope } from './estate/estate-register.js'
import type { GatewayProof } from './integrity/proof-schemas.js'
import { createProofService } from './integrity/proof-service.js'
import type { SeqRange } from './sync/range-rules.js'
import type { ProcessDeps } from './server-process.js'

/**
 * Proves the logs of an estate's gateways, or of all, from the database alone. It only reads, beside a running server too.
 * @throws AppError SV_USAGE where there is no such database or estate
 */
export async function verifyLog({ config, clock }: ProcessDeps, options: { estate?: string }, each: (proof: GatewayProof) => void): Promise<GatewayProof[]> {
  const url = config.database.url ?? ''
  const path = url.slice('file:'.length)
  if (!existsSync(path)) throw fail('SV_USAGE', { field: 'database.url', problem: `there is no database at ${path}` })
  const db = await openDatabase(url).catch(cannotOpen(url))
  try {
    const scope = options.estate === undefined || options.estate === ALL_ESTATES ? 'all' : [options.estate]
    if (scope !== 'all' && (await estatesInScope(db.read, scope)).length === 0) throw fail('SV_USAGE', { field: '--estate', problem: 'there is no such estate' })
    const proofs: GatewayProof[] = []
    for await (const proof of createProofService({ read: db.read, clock }).proveAll(scope)) {
      proofs.push(proof)
      each(proof)
    }
    return proofs
  } finally {
    await db.close()
  }
}

const NAMED = 10
const ranges = (all: readonly SeqRange[], count: number): string =>
  `${all.slice(0, NAMED).map(({ from, to }) => (from === to ? String(from) : `${from}…${to}`)).join(', ')}${count > NAMED ? `, … (${count} ranges)` : ''}`

const HEADS = { verified: 'signed head verified', forged: 'SIGNED HEAD DOES NOT FIT THE RECORDS', absent: 'the record of the signed head is not here' } as const
const CLOCKS = { ahead: 'later than its receipt', behind: 'earlier than what stands before it', set: 'before the clock was set' } as const

function epochLines(epoch: GatewayProof['epochs'][number]): string[] {
  const { storedCount, missingCount, removedCount, addedCount } = epoch
  const lines = [
    `  epoch ${epoch.epoch}: ${epoch.verdict}, ${epoch.records} records, signed up to ${epoch.headSeq}, ${epoch.duplicates} duplicates dropped`,
    `    received ${storedCount === 0 ? 'nothing' : ranges(epoch.stored, storedCount)}`,
    `    ${epoch.chain === 'verified' ? 'chain verified' : `CHAIN BROKEN at ${epoch.brokenAtSeq}`}, ${HEADS[epoch.head]}`,
  ]
  if (missingCount > 0) lines.push(`    missing ${ranges(epoch.missing, missingCount)}`)
  if (removedCount > 0) lines.push(`    REMOVED HERE ${ranges(epoch.removed, removedCount)}`)
  if (addedCount > 0) lines.push(`    ADDED HERE ${ranges(epoch.added, addedCount)}`)
  if (epoch.refusedAtSeq !== null) lines.push(`    an upload did not fit at ${epoch.refusedAtSeq}`)
  if (!epoch.startFollows) lines.push('    DOES NOT FOLLOW THE EPOCH BEFORE IT')
  return lines
}

/** A proof as people read it. */
export function proofText({ gatewayId, estateId, name, verdict, epochs, clock, clockCount, tookMs }: GatewayProof): string {
  const stretches = clock.slice(0, NAMED).map(({ epoch, from, to, cause, offMs }) =>
    `  clock suspect: epoch ${epoch}, ${from}…${to}, ${CLOCKS[cause]}, by ${(offMs / 1_000).toFixed(0)} s`)
  const more = clockCount > NAMED ? [`  … ${clockCount} stretches with a suspect clock`] : []
  return [`${estateId}  ${name}  ${gatewayId}: ${verdict} (${(tookMs / 1_000).toFixed(1)} s)`, ...epochs.flatMap(epochLines), ...stretches, ...more].join('\n')
}
