import { gatewayError } from '../errors.js'
import type { SqlConnection } from './sqlite.js'
import type { LookAlikePair, StoreTx } from './types.js'

interface LookAlikeRow {
  readonly personRef: string
  readonly otherRef: string
  readonly score: number
  readonly allowedBy: string | null
  readonly allowedReason: string | null
  readonly allowedAtMs: number | null
}

/** Pairs stand once, the lower reference first. Their end is that of the templates (see template-table.ts). */
export function createLookAlikeWrites(connection: SqlConnection): Pick<StoreTx, 'putLookAlikes'> {
  return {
    async putLookAlikes(pairs) {
      for (const { personRef, otherRef, score, allowed } of pairs) {
        const [first, second] = personRef < otherRef ? [personRef, otherRef] : [otherRef, personRef]
        const enrolled = await connection.all('SELECT DISTINCT person_ref FROM template WHERE person_ref IN (?, ?)', [first, second])
        if (enrolled.length < 2) throw gatewayError('GW_STORE_INVALID', { kind: 'look-alike', error: '/pairs: two enrolled persons each' })
        await connection.run(
          'INSERT OR REPLACE INTO look_alike (person_ref, other_ref, score, allowed_by, allowed_reason, allowed_at_ms) VALUES (?, ?, ?, ?, ?, ?)',
          [first, second, score, allowed?.by ?? null, allowed?.reason ?? null, allowed?.atMs ?? null])
      }
    },
  }
}

export async function readLookAlikes(connection: SqlConnection): Promise<readonly LookAlikePair[]> {
  const rows = await connection.all<LookAlikeRow>(
    `SELECT person_ref AS personRef, other_ref AS otherRef, score, allowed_by AS allowedBy, allowed_reason AS allowedReason, allowed_at_ms AS allowedAtMs
      FROM look_alike ORDER BY person_ref, other_ref`)
  return rows.map(({ allowedBy: by, allowedReason: reason, allowedAtMs: atMs, ...pair }) =>
    ({ ...pair, allowed: by === null || reason === null || atMs === null ? null : { by, reason, atMs } }))
}
